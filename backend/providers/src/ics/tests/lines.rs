//! Content lines by themselves.

use super::*;

const FOREIGN: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-ODD;X=\"a:b;c\":v\r\nBEGIN:VEVENT\r\nSUMMARY:A very long \r\n title\\, folded\r\n\tagain\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[test]
fn what_is_not_touched_comes_back_byte_for_byte() {
    assert_eq!(parse(FOREIGN).unwrap().text(), FOREIGN);
    let bare = FOREIGN.replace("\r\n", "\n");
    assert_eq!(parse(&bare).unwrap().text(), bare);
}

#[test]
fn folds_quotes_and_escapes_are_understood() {
    let calendar = parse(FOREIGN).unwrap();
    assert_eq!(calendar.line("X-ODD").unwrap().param("X"), Some("a:b;c"));
    let event = calendar.components().next().unwrap();
    assert_eq!(
        event.line("SUMMARY").unwrap().unescaped(),
        "A very long title, foldedagain"
    );
}

#[test]
fn a_long_line_folds_at_75_octets_and_never_inside_a_character() {
    let text = "ä漢🎉".repeat(40);
    let line = Line::text("SUMMARY", &text);
    assert!(line.raw.split("\r\n").all(|physical| physical.len() <= 75));
    assert_eq!(line.unfolded(), format!("SUMMARY:{text}"));
}

#[test]
fn text_survives_escaping() {
    for text in ["a;b,c\\d\ne", "\\n", "ends with \\", "C:\\new, folder"] {
        assert_eq!(unescape(&escape(text)), text);
    }
}

#[test]
fn half_an_object_is_refused_with_a_reason() {
    assert_eq!(
        parse("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n").unwrap_err(),
        "VEVENT does not end"
    );
    assert_eq!(parse("hello").unwrap_err(), "it is not an iCalendar object");
    assert!(parse("BEGIN:VCALENDAR\nEND:VEVENT\n").is_err());
}
