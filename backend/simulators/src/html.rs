//! The frame of the simulator's pages: plain HTML, no script, nothing loaded from elsewhere.

use actix_web::{HttpResponse, http::StatusCode};

const STYLE: &str = "
:root{color-scheme:light dark;--page:#f0f4f9;--card:#fff;--ink:#1f1f1f;--soft:#5f6368;--line:#dadce0;--main:#0b57d0;--on:#fff}
@media(prefers-color-scheme:dark){:root{--page:#1e1f20;--card:#0e0e0e;--ink:#e3e3e3;--soft:#c4c7c5;--line:#5f6368;--main:#a8c7fa;--on:#062e6f}}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:34rem;margin:4vh auto;background:var(--card);border-radius:1.5rem;padding:2rem}
.note{color:var(--soft);font-size:.875rem;margin:0 0 1rem}h1{font-size:1.5rem;font-weight:500;line-height:1.3;margin:0 0 .5rem}
fieldset{border:0;padding:0;margin:1.5rem 0 0}legend{font-weight:600;padding:0;margin-bottom:.5rem}
label{display:flex;gap:.75rem;align-items:flex-start;padding:.75rem .5rem;border-bottom:1px solid var(--line);cursor:pointer}
label:hover{background:color-mix(in srgb,var(--main) 8%,transparent)}input{margin:.3rem 0 0;inline-size:1.1rem;block-size:1.1rem;accent-color:var(--main);flex:none}
small{display:block;color:var(--soft);overflow-wrap:anywhere}.actions{display:flex;gap:.75rem;justify-content:flex-end;margin-top:2rem}
h2{font-size:1.15rem;margin:2rem 0 0}h3{font-size:1rem;margin:1.25rem 0 .25rem}table{inline-size:100%;border-collapse:collapse}td,th{text-align:start;vertical-align:top;padding:.4rem .5rem .4rem 0;border-bottom:1px solid var(--line)}
th{font-weight:500;color:var(--soft);white-space:nowrap}a{color:var(--main)}
button{font:inherit;font-weight:500;padding:.6rem 1.5rem;border-radius:2rem;border:1px solid var(--line);background:transparent;color:var(--main);cursor:pointer}
button.main{background:var(--main);color:var(--on);border-color:var(--main)}:focus-visible{outline:3px solid var(--main);outline-offset:2px}code{overflow-wrap:anywhere}
";

/// Text for HTML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// A whole page.
pub(crate) fn page(status: u16, title: &str, main: &str) -> HttpResponse {
    HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::OK))
        .content_type("text/html; charset=utf-8")
        .insert_header(("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"))
        .insert_header(("Cache-Control", "no-store"))
        .insert_header(("Referrer-Policy", "no-referrer"))
        .body(format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{}</title><style>{STYLE}</style></head><body><main>{main}</main></body></html>",
            escape(title)
        ))
}
