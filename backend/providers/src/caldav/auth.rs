//! Basic (RFC 7617) and Digest (RFC 7616) authentication.

use std::sync::atomic::{AtomicU32, Ordering};

use md5::Md5;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};

/// A Digest challenge of the server.
#[derive(Debug)]
pub struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    sha256: bool,
    qop: bool,
    /// What was answered was right, only the nonce was too old (RFC 7616 §3.3).
    pub stale: bool,
    count: AtomicU32,
}

impl Challenge {
    /// The strongest Digest challenge among the `WWW-Authenticate` headers that we can answer.
    pub fn strongest<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut all: Vec<Self> = headers.filter_map(Self::parse).collect();
        all.sort_by_key(|challenge| challenge.sha256);
        all.pop()
    }

    fn parse(header: &str) -> Option<Self> {
        let at = header.to_ascii_lowercase().find("digest ")?;
        let (mut realm, mut nonce, mut opaque, mut algorithm, mut qop) = (None, None, None, String::from("MD5"), None);
        let mut stale = false;
        for (key, value) in pairs(header.get(at + 7..)?) {
            match key.to_ascii_lowercase().as_str() {
                "realm" => realm = Some(value),
                "nonce" => nonce = Some(value),
                "opaque" => opaque = Some(value),
                "algorithm" => algorithm = value.to_ascii_uppercase(),
                "qop" => qop = Some(value),
                "stale" => stale = value.eq_ignore_ascii_case("true"),
                _ => {}
            }
        }
        let sha256 = match algorithm.as_str() {
            "MD5" => false,
            "SHA-256" => true,
            _ => return None,
        };
        let offers_auth = |qop: &String| qop.split(',').any(|q| q.trim().eq_ignore_ascii_case("auth"));
        if qop.as_ref().is_some_and(|q| !offers_auth(q)) {
            return None;
        }
        Some(Self {
            realm: realm?,
            nonce: nonce?,
            opaque,
            sha256,
            qop: qop.is_some(),
            stale,
            count: AtomicU32::new(0),
        })
    }

    /// The `Authorization` header for one request. `cnonce` is fresh random text.
    pub fn answer(&self, user: &str, password: &SecretString, method: &str, uri: &str, cnonce: &str) -> String {
        let hash = |text: String| {
            if self.sha256 {
                hex::encode(Sha256::digest(text))
            } else {
                hex::encode(Md5::digest(text))
            }
        };
        let count = format!("{:08x}", self.count.fetch_add(1, Ordering::Relaxed) + 1);
        let secret = hash(format!("{user}:{}:{}", self.realm, password.expose_secret()));
        let request = hash(format!("{method}:{uri}"));
        let response = if self.qop {
            hash(format!("{secret}:{}:{count}:{cnonce}:auth:{request}", self.nonce))
        } else {
            hash(format!("{secret}:{}:{request}", self.nonce))
        };
        let quote = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let mut header = format!(
            r#"Digest username="{}", realm="{}", nonce="{}", uri="{uri}", response="{response}", algorithm={}"#,
            quote(user),
            quote(&self.realm),
            quote(&self.nonce),
            if self.sha256 { "SHA-256" } else { "MD5" },
        );
        if self.qop {
            header.push_str(&format!(r#", qop=auth, nc={count}, cnonce="{cnonce}""#));
        }
        if let Some(opaque) = &self.opaque {
            header.push_str(&format!(r#", opaque="{}""#, quote(opaque)));
        }
        header
    }
}

/// `key=value` and `key="quoted, value"`, separated by commas, up to the next scheme.
fn pairs(text: &str) -> Vec<(String, String)> {
    let (mut rest, mut found) = (text.trim_start(), Vec::new());
    while let Some((key, tail)) = rest.split_once('=') {
        let key = key.trim_matches([' ', ',']).to_owned();
        // The next challenge of the same header: `…, Basic realm=…`.
        if key.contains(' ') {
            break;
        }
        let value;
        (value, rest) = match tail.strip_prefix('"') {
            Some(quoted) => {
                let mut value = String::new();
                let mut chars = quoted.char_indices();
                let mut end = quoted.len();
                while let Some((at, c)) = chars.next() {
                    match c {
                        '"' => {
                            end = at + 1;
                            break;
                        }
                        '\\' => value.extend(chars.next().map(|(_, c)| c)),
                        c => value.push(c),
                    }
                }
                (value, quoted.get(end..).unwrap_or_default())
            }
            None => {
                let end = tail.find(',').unwrap_or(tail.len());
                (
                    tail.get(..end).unwrap_or_default().trim().to_owned(),
                    tail.get(end..).unwrap_or_default(),
                )
            }
        };
        found.push((key, value));
        rest = rest.trim_start_matches([',', ' ']);
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// RFC 7616 §3.9.1.
    #[test]
    fn the_examples_of_the_rfc_are_answered_as_it_says() {
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        let tail = r#"qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#;
        for (algorithm, expected) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            (
                "SHA-256",
                "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
            ),
        ] {
            let header = format!(r#"Digest realm="http-auth@example.org", algorithm={algorithm}, {tail}"#);
            let challenge = Challenge::strongest([header.as_str()].into_iter()).unwrap();
            let answer = challenge.answer(
                "Mufasa",
                &SecretString::from("Circle of Life"),
                "GET",
                "/dir/index.html",
                cnonce,
            );
            assert!(answer.contains(&format!(r#"response="{expected}""#)), "{answer}");
        }
    }

    #[test]
    fn a_challenge_is_found_beside_others() {
        let headers = [
            r#"Basic realm="x""#,
            r#"Digest realm="a, b", nonce="n", qop="auth", Basic realm="y""#,
        ];
        let challenge = Challenge::strongest(headers.into_iter()).unwrap();
        assert_eq!((challenge.realm.as_str(), challenge.nonce.as_str()), ("a, b", "n"));
        assert!(Challenge::strongest([r#"Basic realm="x""#].into_iter()).is_none());
    }
}
