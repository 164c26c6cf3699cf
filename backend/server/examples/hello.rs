//! The baseline of `make bench`: actix answering four words, on as many workers as the service uses.

use actix_web::{App, HttpServer, web};

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(4999);
    let app = || App::new().route("/", web::get().to(|| async { "Hello from actix-web!" }));
    HttpServer::new(app).bind(("127.0.0.1", port))?.run().await
}
