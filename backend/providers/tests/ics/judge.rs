//! The independent implementations, in one Python process that all tests ask in turn.

use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{LazyLock, Mutex},
};

use serde_json::Value;

struct Judge {
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    _child: Child,
}

struct Place {
    python: String,
    files: PathBuf,
    report: PathBuf,
}

static PLACE: LazyLock<Place> = LazyLock::new(|| {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/calendars");
    let said = Command::new(script)
        .stderr(Stdio::inherit())
        .output()
        .expect("scripts/calendars");
    assert!(said.status.success(), "scripts/calendars could not get what it needs");
    let said = String::from_utf8(said.stdout).unwrap();
    let mut lines = said.lines().map(str::to_owned);
    let mut next = || lines.next().expect("three lines");
    Place {
        python: next(),
        files: next().into(),
        report: next().into(),
    }
});

static JUDGE: LazyLock<Mutex<Judge>> = LazyLock::new(|| {
    let mut child = Command::new(&PLACE.python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ics/judge.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python");
    Mutex::new(Judge {
        questions: child.stdin.take().unwrap(),
        answers: BufReader::new(child.stdout.take().unwrap()),
        _child: child,
    })
});

/// Where the files of other suites lie.
pub fn files() -> &'static PathBuf {
    &PLACE.files
}

/// Where reports go that `scripts/calendars report` shows.
pub fn report(name: &str, text: &str) {
    std::fs::write(PLACE.report.join(name), text).unwrap();
}

/// Asks the other implementation; its refusal is an answer too.
pub fn ask(question: &Value) -> Result<Value, String> {
    let mut judge = JUDGE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    writeln!(judge.questions, "{question}").unwrap();
    let mut line = String::new();
    judge.answers.read_line(&mut line).unwrap();
    let mut answer: Value = serde_json::from_str(&line).expect("the judge answers");
    match answer["error"].as_str() {
        Some(error) => Err(error.to_owned()),
        None => Ok(answer["answer"].take()),
    }
}
