//! The web app's files. Unknown paths get the app's page, because its addresses are its own.

use std::path::{Path, PathBuf};

use actix_files::NamedFile;
use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header},
    web,
};

use crate::{
    api::{
        document, edge,
        problem::{Code, Problem},
    },
    ops::public,
    state::App,
};

/// Everything that is not an API path.
///
/// # Errors
/// 404 and 405.
pub async fn serve(app: App, request: HttpRequest) -> Result<HttpResponse, Problem> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return document::nothing_here(request).await;
    }
    let root = app.config.spa_dir.clone();
    let wanted = file_in(&root, request.path());
    let (file, hashed) = match wanted {
        Some(path) if path.is_file() => {
            let hashed = path.strip_prefix(&root).is_ok_and(|path| path.starts_with("assets"));
            (path, hashed)
        }
        // A missing file is missing; only addresses of the app get its page.
        _ if request.path().rsplit('/').next().is_some_and(|name| name.contains('.')) => {
            return Err(Problem::new(Code::NotFound, "There is no such file."));
        }
        _ => (page(&app, &request, &root).await?, false),
    };
    let file = web::block(move || NamedFile::open(file))
        .await
        .map_err(Problem::internal)?;
    let file = file.map_err(|_| {
        Problem::new(Code::NotFound, "The web app is not built.")
            .action("Build it (npm run build in frontend) or set the SPA directory.")
    })?;
    let mut answer = file.use_last_modified(true).prefer_utf8(true).into_response(&request);
    // Names with a hash in them never change their content.
    let caching = if hashed {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    answer
        .headers_mut()
        .insert(header::CACHE_CONTROL, header::HeaderValue::from_static(caching));
    Ok(answer)
}

/// The page that an address of the app gets. What customers open has a smaller one of its own.
async fn page(app: &App, request: &HttpRequest, root: &Path) -> Result<PathBuf, Problem> {
    let shell = root.join("index.html");
    let path = request.path();
    let slug = path.strip_prefix("/book/");
    if slug.is_none() && !path.starts_with("/booking/") {
        return Ok(shell);
    }
    let embedded = url::form_urlencoded::parse(request.query_string().as_bytes()).any(|(name, _)| name == "embed");
    if let (Some(slug), true) = (slug, embedded) {
        let slug = slug.trim_end_matches('/').to_owned();
        match app.read(move |c| public::page(c, &slug)).await {
            Ok(page) if page.policy.embeddable => edge::may_be_framed(),
            Ok(_) | Err(db::Error::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let own = root.join("book.html");
    Ok(if own.is_file() { own } else { shell })
}

/// The file a path names, without any way out of the folder.
fn file_in(root: &Path, path: &str) -> Option<PathBuf> {
    let mut file = root.to_path_buf();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let plain = !part.starts_with('.') && !part.contains(['\\', ':', '%', '\0']);
        if !plain {
            return None;
        }
        file.push(part);
    }
    Some(file)
}
