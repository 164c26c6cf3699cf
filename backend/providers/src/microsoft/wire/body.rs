//! The text of an event, and the block about joining that Outlook keeps in the same place.
//!
//! Whoever writes a text over that block ends the online meeting (Graph docs: event-update.md, “body property and online
//! meetings”). So it is never shown as part of a description, and always sent along.

use serde_json::{Value, json};

/// Outlook's line above how to join.
const LINE: &str = "________________________________________";
/// The class of what Teams adds.
const CLASS: &str = "me-email-text";

/// What people wrote: the text up to the block.
pub fn text(item: &Value) -> Option<String> {
    let whole = item["body"]["content"].as_str()?;
    let own = match whole.find(LINE).filter(|_| item["isOnlineMeeting"] == true) {
        Some(at) => whole.get(..at)?,
        None => whole,
    };
    let own = own.trim_end();
    (!own.is_empty()).then(|| own.to_owned())
}

/// The body to send for a text. `current` is the event with its body as HTML.
///
/// # Errors
/// For people: the block is not where it can be kept.
pub fn write(text: Option<&str>, current: &Value) -> Result<Value, String> {
    let text = text.unwrap_or_default();
    if current["isOnlineMeeting"] != true {
        return Ok(json!({"contentType": "text", "content": text}));
    }
    let html = current["body"]["content"].as_str().unwrap_or_default();
    let block = match start(html).and_then(|at| html.get(at..)) {
        Some(block) => block,
        // Someone has taken it out before: there is nothing to keep.
        None if !current["onlineMeeting"]["joinUrl"]
            .as_str()
            .is_some_and(|url| html.contains(url)) =>
        {
            ""
        }
        None => return Err("the text of this online meeting also says how to join it; change it in Outlook".into()),
    };
    Ok(json!({"contentType": "html", "content": format!("<html><body><div>{}</div>{block}", escaped(text))}))
}

/// Where the block begins: at the tag that holds its first words.
fn start(html: &str) -> Option<usize> {
    let class = html.find(CLASS).and_then(|at| html.get(..at)?.rfind('<'));
    let line = html.find(LINE).and_then(|at| {
        let before = html.get(..at)?;
        ["<div", "<p", "<span"].iter().filter_map(|tag| before.rfind(tag)).max()
    });
    match (class, line) {
        (Some(class), Some(line)) => Some(class.min(line)),
        (one, other) => one.or(other),
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace("\r\n", "\n").replace('\n', "<br>\r\n")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn meeting(html: &str) -> Value {
        json!({"isOnlineMeeting": true, "onlineMeeting": {"joinUrl": "https://teams.example/j"}, "body": {"content": html}})
    }

    #[test]
    fn a_new_text_keeps_how_to_join() {
        let line = "_".repeat(80);
        let html = format!(
            "<html><body><div>Old</div><div class=\"me-email-text\"><div>{line}</div><a href=\"https://teams.example/j\">Join</a></div></body></html>"
        );
        let written = write(Some("New <b> & \nmore"), &meeting(&html)).unwrap();
        let content = written["content"].as_str().unwrap();
        assert!(content.starts_with(
            "<html><body><div>New &lt;b&gt; &amp; <br>\r\nmore</div><div class=\"me-email-text\"><div>__"
        ));
        assert!(content.ends_with("</a></div></body></html>") && !content.contains("Old"));
        let older = format!("<body>Old<div style=\"x\"><span>{line}</span> https://teams.example/j</div></body>");
        assert!(
            write(None, &meeting(&older)).unwrap()["content"]
                .as_str()
                .unwrap()
                .contains("teams.example/j")
        );
        assert!(write(Some("New"), &meeting("<p>Old https://teams.example/j</p>")).is_err());
        let plain = write(Some("New"), &json!({"isOnlineMeeting": false})).unwrap();
        assert_eq!(plain, json!({"contentType": "text", "content": "New"}));
    }

    #[test]
    fn how_to_join_is_no_part_of_the_description() {
        let read = |content: &str| text(&meeting(content));
        let block = format!("{}\r\nMicrosoft Teams meeting", "_".repeat(80));
        assert_eq!(read(&format!("Agenda\r\n\r\n{block}")).as_deref(), Some("Agenda"));
        assert_eq!(read(&block), None);
        let mut other = meeting(&block);
        other["isOnlineMeeting"] = json!(false);
        assert_eq!(text(&other), Some(block));
    }
}
