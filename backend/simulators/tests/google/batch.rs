//! Many calls in one request.

use crate::harness::{DANA, Google, hour};

async fn send(google: &Google, token: &str, kind: &str, body: String) -> (u16, String) {
    let request = google
        .http
        .post(google.url("/batch/calendar/v3"))
        .header("content-type", kind);
    let answer = request.bearer_auth(token).body(body).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

fn part(id: &str, request: &str) -> String {
    format!("--b\r\nContent-Type: application/http\r\nContent-ID: <{id}>\r\n\r\n{request}\r\n")
}

#[tokio::test]
async fn each_call_of_a_batch_is_answered_by_itself() {
    let google = Google::start();
    let dana = google.user(DANA);
    let lunch = hour("Lunch", "2027-03-01T12:00").to_string();
    let insert = format!(
        "POST /calendar/v3/calendars/primary/events HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{lunch}",
        lunch.len()
    );
    let body = [
        part("a + 1", &insert),
        part(
            "a + 2",
            "GET /calendar/v3/calendars/primary/events?maxResults=5 HTTP/1.1\r\n",
        ),
        part(
            "a + 3",
            "GET /calendar/v3/calendars/primary/events/nothing HTTP/1.1\r\n",
        ),
        part(
            "a + 4",
            "GET /calendar/v3/calendars/primary/events HTTP/1.1\r\nAuthorization: Bearer wrong\r\n",
        ),
        "--b--\r\n".into(),
    ]
    .concat();
    let (status, text) = send(&google, &dana.token, "multipart/mixed; boundary=\"b\"", body).await;
    assert_eq!(status, 200, "{text}");
    let codes: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("HTTP/1.1 "))
        .map(|line| &line[..3])
        .collect();
    assert_eq!(codes, ["200", "200", "404", "401"]);
    let ids: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("Content-ID: "))
        .collect();
    assert_eq!(
        ids,
        [
            "<response-a + 1>",
            "<response-a + 2>",
            "<response-a + 3>",
            "<response-a + 4>"
        ]
    );
    let list = text.split("Content-ID: <response-a + 2>").nth(1).unwrap();
    assert!(list.contains("\"Lunch\""), "calls are carried out in order: {list}");
    assert_eq!(google.control().calls("calendar.events.list").len(), 2);
}

#[tokio::test]
async fn what_is_no_batch_is_refused() {
    let google = Google::start();
    let token = google.user(DANA).token;
    let many = (0..51)
        .map(|n| part(&n.to_string(), "GET /calendar/v3/colors HTTP/1.1\r\n"))
        .collect::<String>()
        + "--b--";
    for (kind, body) in [
        ("application/json", "{}".to_owned()),
        ("multipart/mixed", "--b--".to_owned()),
        ("multipart/mixed; boundary=b", "--b--".to_owned()),
        (
            "multipart/mixed; boundary=b",
            "--b\r\n\r\n\r\nnothing of the kind\r\n--b--".to_owned(),
        ),
        ("multipart/mixed; boundary=b", many),
    ] {
        assert_eq!(send(&google, &token, kind, body).await.0, 400);
    }
}
