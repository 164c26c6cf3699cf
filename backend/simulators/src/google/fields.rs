//! Partial answers: the `fields` parameter of Google's APIs (`items(id,start/dateTime),nextPageToken`).

use serde_json::{Map, Value};

/// A parsed mask: names with what is wanted below them (empty: all of it).
type Mask = Vec<(String, Option<Box<Tree>>)>;

struct Tree(Mask);

/// Keeps what the mask names. `None` when the mask cannot be read.
pub(crate) fn select(body: &Value, mask: &str) -> Option<Value> {
    let letters: Vec<char> = mask.chars().filter(|c| !c.is_whitespace()).collect();
    let mut at = 0;
    let tree = list(&letters, &mut at)?;
    (at == letters.len()).then(|| keep(body, &tree))
}

fn list(letters: &[char], at: &mut usize) -> Option<Tree> {
    let mut names = Vec::new();
    loop {
        names.push(path(letters, at)?);
        if letters.get(*at) == Some(&',') {
            *at += 1;
        } else {
            return Some(Tree(names));
        }
    }
}

fn path(letters: &[char], at: &mut usize) -> Option<(String, Option<Box<Tree>>)> {
    let mut name = String::new();
    while let Some(letter) = letters
        .get(*at)
        .filter(|c| c.is_alphanumeric() || matches!(c, '*' | '_' | '-' | '.'))
    {
        name.push(*letter);
        *at += 1;
    }
    if name.is_empty() {
        return None;
    }
    match letters.get(*at) {
        Some('/') => {
            *at += 1;
            let below = path(letters, at)?;
            Some((name, Some(Box::new(Tree(vec![below])))))
        }
        Some('(') => {
            *at += 1;
            let below = list(letters, at)?;
            (letters.get(*at) == Some(&')')).then(|| *at += 1)?;
            Some((name, Some(Box::new(below))))
        }
        _ => Some((name, None)),
    }
}

fn keep(value: &Value, tree: &Tree) -> Value {
    match value {
        Value::Array(list) => Value::Array(list.iter().map(|v| keep(v, tree)).collect()),
        Value::Object(fields) => {
            let mut kept = Map::new();
            for (key, inner) in fields {
                for (name, below) in tree.0.iter().filter(|(name, _)| name == key || name == "*") {
                    let part = below.as_ref().map_or_else(|| inner.clone(), |b| keep(inner, b));
                    match (kept.get_mut(name.as_str()), part) {
                        (Some(Value::Object(old)), Value::Object(new)) => old.extend(new),
                        (_, part) => {
                            kept.insert(key.clone(), part);
                        }
                    }
                }
            }
            Value::Object(kept)
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::select;
    use serde_json::json;

    #[test]
    fn a_mask_keeps_what_it_names() {
        let body =
            json!({"items": [{"id": "a", "start": {"dateTime": "x", "timeZone": "y"}, "summary": "s"}], "etag": "e"});
        assert_eq!(
            select(&body, "items(id,start/dateTime)").unwrap(),
            json!({"items": [{"id": "a", "start": {"dateTime": "x"}}]})
        );
        assert!(select(&body, "items(").is_none());
    }
}
