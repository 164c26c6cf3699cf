//! Several calls in one.

use serde_json::json;

use crate::harness::{DANA, Google};

async fn send(google: &Google, token: &str, body: String) -> (u16, String) {
    let answer = google
        .http
        .post(google.url("/batch/calendar/v3"))
        .bearer_auth(token)
        .header("content-type", "multipart/mixed; boundary=\"cut\"")
        .body(body)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

fn part(id: &str, call: &str) -> String {
    format!("--cut\r\nContent-Type: application/http\r\nContent-ID: <{id}>\r\n\r\n{call}\r\n")
}

#[tokio::test]
async fn each_call_of_a_batch_has_its_own_answer_in_order() {
    let google = Google::start();
    let token = google.user(DANA).token;
    let event = json!({ "summary": "Batched", "start": { "date": "2027-03-01" }, "end": { "date": "2027-03-02" } });
    let insert =
        format!("POST /calendar/v3/calendars/primary/events HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{event}");
    let missing = "GET /calendar/v3/calendars/primary/events/nothing HTTP/1.1\r\n\r\n";
    let list = "GET /calendar/v3/calendars/primary/events?fields=items(summary) HTTP/1.1\r\n\r\n";
    let body = format!(
        "{}{}{}--cut--\r\n",
        part("a + 1", &insert),
        part("a + 2", missing),
        part("a + 3", list)
    );
    let (status, text) = send(&google, &token, body).await;
    assert_eq!(status, 200, "{text}");
    let answers: Vec<&str> = text.split("--batch_answers_of_the_simulator").collect();
    for (answer, wanted) in answers[1..4].iter().zip([
        ["<response-a + 1>", "HTTP/1.1 200 OK", "\"Batched\""],
        ["<response-a + 2>", "HTTP/1.1 404 Not Found", "notFound"],
        [
            "<response-a + 3>",
            "HTTP/1.1 200 OK",
            "{\"items\":[{\"summary\":\"Batched\"}]}",
        ],
    ]) {
        for word in wanted {
            assert!(answer.contains(word), "{answer} lacks {word}");
        }
    }
    assert_eq!(google.control().calls("calendar.events.insert").len(), 1);
}

#[tokio::test]
async fn a_batch_that_is_none_or_too_many_is_refused_whole() {
    let google = Google::start();
    let token = google.user(DANA).token;
    let call = part("a", "GET /calendar/v3/colors HTTP/1.1\r\n\r\n");
    for body in [String::new(), "--cut--".into(), format!("{}--cut--", call.repeat(51))] {
        assert_eq!(send(&google, &token, body).await.0, 400);
    }
    assert_eq!(google.control().calls("calendar.colors.get").len(), 0);
}
