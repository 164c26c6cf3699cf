//! WebDAV's XML: the questions as text, the answers as plain values. Pure.

use std::fmt::Write;

use percent_encoding::percent_decode_str;
use roxmltree::{Document, Node, ParsingOptions};
use url::Url;

/// `DAV:`
pub const DAV: &str = "DAV:";
/// CalDAV, RFC 4791.
pub const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
/// Apple's extensions, spoken by nearly everybody.
pub const APPLE: &str = "http://apple.com/ns/ical/";
/// The calendar server's extensions: ctag.
pub const CALENDARSERVER: &str = "http://calendarserver.org/ns/";
/// What SabreDAV adds to errors.
const SABREDAV: &str = "http://sabredav.org/ns";

/// The declaration of the prefixes used in every question: `d`, `c`, `a`, `s`.
pub const PREFIXES: &str = r#"xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:a="http://apple.com/ns/ical/" xmlns:s="http://calendarserver.org/ns/""#;

/// The parts of a 207 answer.
#[derive(Debug, Default)]
pub struct Multistatus {
    /// One for each resource.
    pub responses: Vec<Response>,
    /// RFC 6578: where the next question begins.
    pub sync_token: Option<String>,
    /// Who answered, after redirects.
    pub from: Option<Url>,
}

/// What a 207 says of one resource.
#[derive(Debug)]
pub struct Response {
    /// Absolute path, decoded.
    pub path: String,
    /// Status of the resource as a whole, where one is given instead of properties.
    pub status: Option<u16>,
    /// The properties that were found.
    pub found: Vec<Property>,
}

/// A property with its content.
#[derive(Debug, Default, Clone)]
pub struct Property {
    /// Namespace and local name.
    pub name: (String, String),
    /// All text below it.
    pub text: String,
    /// Every element below it.
    pub below: Vec<Element>,
}

/// An element below a property.
#[derive(Debug, Default, Clone)]
pub struct Element {
    /// Local name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Its attribute `name`, for `<comp name="VEVENT"/>`.
    pub named: Option<String>,
}

/// Reads a 207 answer that came from `url`.
///
/// # Errors
/// For people: what is not understood.
pub fn multistatus(body: &str, url: &Url) -> Result<Multistatus, String> {
    let document = document(body)?;
    let root = document.root_element();
    if !root.has_tag_name((DAV, "multistatus")) {
        return Err("the answer is not a multistatus".into());
    }
    let mut answer = Multistatus {
        from: Some(url.clone()),
        ..Multistatus::default()
    };
    for node in root.children().filter(Node::is_element) {
        if node.has_tag_name((DAV, "sync-token")) {
            answer.sync_token = node.text().map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        } else if node.has_tag_name((DAV, "response")) {
            answer.responses.extend(response(node, url));
        }
    }
    Ok(answer)
}

/// The local names of the conditions in an error body (RFC 4918 §16): `valid-sync-token`, `no-uid-conflict`, ….
pub fn conditions(body: &str) -> Vec<String> {
    let Ok(document) = document(body) else {
        return Vec::new();
    };
    // SabreDAV says its own words beside those of the RFCs.
    let names = document
        .descendants()
        .filter(|node| node.is_element() && node.tag_name().namespace() != Some(SABREDAV))
        .map(|n| n.tag_name().name().to_owned());
    names.filter(|name| name != "error").collect()
}

fn document(body: &str) -> Result<Document<'_>, String> {
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: 4_000_000,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(body.trim_start_matches('\u{feff}').trim_start(), options)
        .map_err(|e| format!("the answer is not XML: {e}"))
}

fn response(node: Node<'_, '_>, url: &Url) -> Option<Response> {
    let child = |name| node.children().find(|n| n.has_tag_name((DAV, name)));
    let path = path_of(url, child("href")?.text()?.trim())?;
    let found = node
        .children()
        .filter(|n| n.has_tag_name((DAV, "propstat")))
        .filter(|n| {
            n.children()
                .find(|c| c.has_tag_name((DAV, "status")))
                .is_none_or(|s| status(s) == Some(200))
        })
        .filter_map(|n| n.children().find(|c| c.has_tag_name((DAV, "prop"))))
        .flat_map(|prop| {
            prop.children()
                .filter(Node::is_element)
                .map(property)
                .collect::<Vec<_>>()
        })
        .collect();
    Some(Response {
        path,
        status: child("status").and_then(status),
        found,
    })
}

fn status(node: Node<'_, '_>) -> Option<u16> {
    node.text()?.split_whitespace().nth(1)?.parse().ok()
}

fn text_below(node: Node<'_, '_>) -> String {
    node.descendants()
        .filter(Node::is_text)
        .filter_map(|n| n.text())
        .collect()
}

fn property(node: Node<'_, '_>) -> Property {
    let tag = |n: &Node<'_, '_>| {
        (
            n.tag_name().namespace().unwrap_or_default().to_owned(),
            n.tag_name().name().to_owned(),
        )
    };
    let below = node.descendants().skip(1).filter(Node::is_element).map(|n| {
        let (_, name) = tag(&n);
        Element {
            name,
            text: text_below(n).trim().to_owned(),
            named: n.attribute("name").map(str::to_owned),
        }
    });
    Property {
        name: tag(&node),
        text: text_below(node),
        below: below.collect(),
    }
}

impl Response {
    /// A property that was found.
    pub fn property(&self, namespace: &str, name: &str) -> Option<&Property> {
        self.found.iter().find(|p| p.name.0 == namespace && p.name.1 == name)
    }

    /// Its text, trimmed, when there is any.
    pub fn text(&self, namespace: &str, name: &str) -> Option<&str> {
        self.property(namespace, name)
            .map(|p| p.text.trim())
            .filter(|t| !t.is_empty())
    }

    /// The first `href` below a property.
    pub fn href(&self, namespace: &str, name: &str) -> Option<&str> {
        self.property(namespace, name)?
            .below
            .iter()
            .find(|e| e.name == "href")
            .map(|e| e.text.as_str())
    }

    /// Whether a property holds that element.
    pub fn has(&self, namespace: &str, name: &str, element: &str) -> bool {
        self.property(namespace, name)
            .is_some_and(|p| p.below.iter().any(|e| e.name == element))
    }

    /// The etag, as the server says it.
    pub fn etag(&self) -> Option<&str> {
        self.text(DAV, "getetag")
    }

    /// The decoded last segment of its path.
    pub fn name(&self) -> &str {
        last_segment(&self.path)
    }
}

/// The last segment of a path, a slash at its end aside.
pub fn last_segment(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// The decoded path of a link that may be absolute, relative or percent-encoded in any way.
pub fn path_of(url: &Url, href: &str) -> Option<String> {
    let joined = url.join(href).ok()?;
    percent_decode_str(joined.path())
        .decode_utf8()
        .ok()
        .map(|path| path.into_owned())
}

/// Escapes text for element content and attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() && !matches!(c, '\n' | '\t') => {}
            c => out.push(c),
        }
    }
    out
}

/// A PROPFIND for these properties, spelt with the prefixes of [`PREFIXES`].
pub fn propfind(properties: &[&str]) -> String {
    let names = properties.iter().fold(String::new(), |mut all, name| {
        let _infallible = write!(all, "<{name}/>");
        all
    });
    format!(r#"<?xml version="1.0" encoding="utf-8"?><d:propfind {PREFIXES}><d:prop>{names}</d:prop></d:propfind>"#)
}

/// A sync-collection report (RFC 6578); no token: from the beginning.
pub fn sync_collection(token: Option<&str>) -> String {
    let token = escape(token.unwrap_or_default());
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?><d:sync-collection {PREFIXES}><d:sync-token>{token}</d:sync-token><d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop></d:sync-collection>"#
    )
}

/// A calendar-query for the etags of all events.
pub fn event_etags() -> String {
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?><c:calendar-query {PREFIXES}><d:prop><d:getetag/></d:prop><c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"/></c:comp-filter></c:filter></c:calendar-query>"#
    )
}

/// A calendar-multiget (RFC 4791 §7.9) of these encoded paths.
pub fn multiget(hrefs: &[String]) -> String {
    let hrefs = hrefs.iter().fold(String::new(), |mut all, href| {
        let _infallible = write!(all, "<d:href>{}</d:href>", escape(href));
        all
    });
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?><c:calendar-multiget {PREFIXES}><d:prop><d:getetag/><c:calendar-data/></d:prop>{hrefs}</c:calendar-multiget>"#
    )
}

/// A MKCALENDAR (RFC 4791 §5.3.1).
pub fn mkcalendar(name: &str, description: Option<&str>, colour: Option<&str>, vtimezone: Option<&str>) -> String {
    let mut properties = format!("<d:displayname>{}</d:displayname>", escape(name));
    let mut add = |element: &str, text: Option<&str>| {
        if let Some(text) = text {
            let _infallible = write!(properties, "<{element}>{}</{element}>", escape(text));
        }
    };
    add("c:calendar-description", description);
    add("a:calendar-color", colour);
    add("c:calendar-timezone", vtimezone);
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?><c:mkcalendar {PREFIXES}><d:set><d:prop>{properties}<c:supported-calendar-component-set><c:comp name="VEVENT"/></c:supported-calendar-component-set></d:prop></d:set></c:mkcalendar>"#
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn links_of_all_kinds_name_the_same_resource() {
        let url: Url = "https://dav.example.org/cal/home/".parse().unwrap();
        for href in [
            "/cal/home/a%20b.ics",
            "a%20b.ics",
            "https://dav.example.org/cal/home/a%20b.ics",
            "/cal/home/a b.ics",
        ] {
            assert_eq!(path_of(&url, href).unwrap(), "/cal/home/a b.ics");
        }
    }

    #[test]
    fn properties_that_were_not_found_do_not_count() {
        let body = r#"<?xml version="1.0"?><x:multistatus xmlns:x="DAV:"><x:response><x:href>/a/</x:href>
            <x:propstat><x:prop><x:displayname>A &amp; B</x:displayname></x:prop><x:status>HTTP/1.1 200 OK</x:status></x:propstat>
            <x:propstat><x:prop><x:getetag/></x:prop><x:status>HTTP/1.1 404 Not Found</x:status></x:propstat></x:response>
            <x:response><x:href>/gone</x:href><x:status>HTTP/1.1 404 Not Found</x:status></x:response>
            <x:sync-token>t1</x:sync-token></x:multistatus>"#;
        let answer = multistatus(body, &"https://h/".parse().unwrap()).unwrap();
        assert_eq!(answer.sync_token.as_deref(), Some("t1"));
        let [a, gone] = answer.responses.as_slice() else {
            unreachable!()
        };
        assert_eq!(a.text(DAV, "displayname"), Some("A & B"));
        assert!(a.property(DAV, "getetag").is_none());
        assert_eq!(gone.status, Some(404));
    }

    #[test]
    fn a_document_type_is_refused() {
        assert!(multistatus("<!DOCTYPE x [<!ENTITY a \"b\">]><x/>", &"https://h/".parse().unwrap()).is_err());
    }
}
