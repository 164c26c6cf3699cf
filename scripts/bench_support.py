"""Shared by the benches beside it: processes, a signed-in person, the consent page of the simulated Google; databases, the simulator and the
service as processes of their own."""
import http.client, http.cookiejar, json, os, pathlib, re, shutil, signal, socket, sqlite3, subprocess, sys, time, urllib.error, urllib.parse, urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PASSWORD = "correct horse battery"
ANN = "dana.sandbox@example.com"
ADMIN = os.environ.get("BENCH_DATABASE_URL")


def sh(*words, **kw):
    return subprocess.run(words, check=True, text=True, capture_output=True, **kw).stdout


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait(url):
    for _ in range(200):
        try:
            return urllib.request.urlopen(url, timeout=1).read()
        except OSError:
            time.sleep(0.05)
    sys.exit(f"{url} does not answer")


class Browser:
    """A signed-in person: cookies, CSRF header, JSON."""

    def __init__(self, base):
        self.base, self.csrf = base, ""
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def call(self, method, path, body=None, etag=None):
        text = self.open(method, path, None if body is None else json.dumps(body).encode(), etag=etag).read()
        return json.loads(text) if text else None

    def open(self, method, path, data=None, kind="application/json", etag=None):
        """The answer, to be read as it comes."""
        url = path if path.startswith("http") else f"{self.base}/api/v1{path}"
        request = urllib.request.Request(url, method=method, data=data)
        request.add_header("Origin", self.base)
        request.add_header("X-CSRF-Token", self.csrf)
        if data is not None:
            request.add_header("Content-Type", kind)
        if etag is not None:
            request.add_header("If-Match", etag)
        return self.opener.open(request, timeout=600)


def consent(browser, url):
    """Plays the person on the sandbox's consent page: first account, everything allowed."""
    page = browser.opener.open(url, timeout=10)
    html = page.read().decode()
    action = re.search(r'<form[^>]*action="([^"]*)"', html).group(1).replace("&amp;", "&")
    fields = [(m.group("name"), m.group("value").replace("&amp;", "&")) for m in re.finditer(r'<input[^>]*type="hidden"[^>]*name="(?P<name>[^"]+)"[^>]*value="(?P<value>[^"]*)"', html)]
    account = re.search(r'name="(account|sub|email|account_id)"[^>]*value="([^"]+)"', html)
    fields.append((account.group(1), account.group(2)))
    fields += [(m.group(1), m.group(2)) for m in re.finditer(r'<input[^>]*type="checkbox"[^>]*name="([^"]+)"[^>]*value="([^"]+)"', html)]
    allow = re.search(r'<button[^>]*name="([^"]+)"[^>]*value="(allow[^"]*)"', html)
    if allow:
        fields.append((allow.group(1), allow.group(2)))
    try:
        browser.opener.open(urllib.parse.urljoin(page.url, action), data=urllib.parse.urlencode(fields).encode(), timeout=20).read()
    except urllib.error.HTTPError as answer:
        # Consent leads back to a page of the SPA, which need not be built.
        if answer.code != 404 or not answer.url.startswith(browser.base):
            raise


def lift_quotas(url):
    """Lets the sandbox answer at once, however often it is asked."""
    limits = {"perUserPerMinute": None, "perProjectPerMinute": None}
    place = "{0.scheme}://{0.netloc}/_control/limits".format(urllib.parse.urlsplit(url))
    request = urllib.request.Request(place, method="PATCH", data=json.dumps(limits).encode(), headers={"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=5).read()


def build(*more):
    """The service and what the benches set it against."""
    words = ["cargo", "build", "--release", "--locked", "-p", "calendar-stacker", "-p", "simulators", "-p", "db", "--bins", "--examples"]
    subprocess.run([*words, *more], cwd=ROOT, check=True)


def rss(pid, line="VmRSS"):
    """Megabytes of a process; `VmHWM` is the most since `forget_peak`."""
    return int(re.search(rf"{line}:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


class Store:
    """A database that is asked and filled beside the service."""

    def __init__(self, folder, name):
        self.folder, self.name = folder / name, f"bench_{os.getpid()}_{name}"
        self.folder.mkdir()
        self.url = f"sqlite://{self.folder}/calendar-stacker.db"
        if ADMIN:
            psql(ADMIN, f"CREATE DATABASE {self.name}")
            self.url = urllib.parse.urlsplit(ADMIN)._replace(path=f"/{self.name}").geturl()

    def run(self, text):
        """Rows of text."""
        if ADMIN:
            return [line.split("\t") for line in psql(self.url, text).splitlines()]
        with sqlite3.connect(self.folder / "calendar-stacker.db", timeout=60) as base:
            rows = [[str(field) for field in row] for row in base.execute(text)]
            base.commit()
        base.close()
        return rows

    def drop(self):
        if ADMIN:
            psql(ADMIN, f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


def psql(url, text):
    found = shutil.which("psql") or str(max(pathlib.Path("/usr/lib/postgresql").glob("*/bin/psql")))
    return sh(found, "-qAtX", "-F", "\t", "-v", "ON_ERROR_STOP=1", url, "-c", text)


class Google:
    """The simulator, and the hand of those who use it directly."""

    def __init__(self, processes):
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen([TARGET / "release/simulator", "--port", str(self.port), "--seed", "empty"], stdout=subprocess.PIPE, text=True)
        processes.append(self.process)
        said = {}
        while "client secret" not in said:
            line = self.process.stdout.readline()
            said[line[:14].strip()] = line[14:].strip()
        self.client = said["client id"], said["client secret"]
        self.line, self.spoke = http.client.HTTPConnection("127.0.0.1", self.port), 0.0
        lift_quotas(self.base)

    def control(self, method, path, body=None):
        if time.monotonic() - self.spoke > 2:
            self.line.close()  # the other end does not keep an idle line
        self.line.request(method, f"/_control/{path}", None if body is None else json.dumps(body), {"Content-Type": "application/json"})
        answer = self.line.getresponse()
        self.spoke = time.monotonic()
        text = answer.read()
        if answer.status >= 300:
            sys.exit(f"{method} {path}: {answer.status} {text!r}")
        return json.loads(text) if text else None

    def calendar(self, name, events=()):
        """A calendar with these events; its name there, and theirs."""
        made = self.control("POST", "calendars", {"owner": ANN, "summary": name, "timeZone": "Europe/Berlin"})["id"]
        place = f"calendars/{urllib.parse.quote(made)}/events"
        return made, [self.control("POST", place, one)["id"] for one in events]

    def rename(self, calendar, which, title):
        self.control("PATCH", f"calendars/{urllib.parse.quote(calendar)}/events/{which}", {"summary": title})

    def calls(self):
        """How many calls to the calendar API since the journal was cleared."""
        items = self.control("GET", "journal")["items"]
        self.control("DELETE", "journal")
        return sum(item["operation"].startswith("calendar.") for item in items)


class Service:
    """The release build, as one who is signed in sees it."""

    def __init__(self, google, store, processes, push=None, worker=False, log="warn"):
        self.google, self.store = google, store
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        name = "CALENDAR_STACKER_"
        env = dict(os.environ, **{
            name + "DATA_DIR": str(store.folder), name + "RATE_LIMIT": "off", name + "PULL_AFTER": "3600", name + "DATABASE_URL": store.url,
            name + "ALLOW_ADDRESSES": "127.0.0.1", name + "GOOGLE_CLIENT_ID": google.client[0], name + "GOOGLE_CLIENT_SECRET": google.client[1], "RUST_LOG": log})
        for limit in ("", "READS_", "WRITES_", "APP_"):
            env[f"{name}GOOGLE_{limit}PER_MINUTE"] = "100000000"
        for which, path in (("AUTH_URL", "/o/oauth2/v2/auth"), ("TOKEN_URL", "/token"), ("REVOKE_URL", "/revoke"), ("USERINFO_URL", "/v1/userinfo"), ("API_BASE", "/calendar/v3/")):
            env[f"{name}GOOGLE_{which}"] = google.base + path
        if push:
            env[name + "PUSH_URL"] = push
        words = [TARGET / "release/calendar-stacker", "serve", "--bind", f"127.0.0.1:{self.port}", "--public-url", self.base]
        self.process = subprocess.Popen(words + ([] if worker else ["--no-worker"]), env=env, stdout=open(store.folder / "log", "a"), stderr=subprocess.STDOUT)
        processes.append(self.process)
        wait(f"{self.base}/health/ready")
        self.person = Browser(self.base)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def found(self):
        """A new installation whose only client has connected the account. Gives calendars by name."""
        person = self.person
        me = person.call("POST", "/setup", {"tenant_name": "Bench", "name": "Dana", "email": ANN, "password": PASSWORD})
        person.csrf = me["csrf_token"]
        client = person.call("POST", "/clients", {"name": "Bright Dental", "email": "hello@bright.example", "time_zone": "Europe/Berlin"})
        credential = person.call("POST", "/credentials", {"client_id": client["id"], "provider": "google"})
        consent(person, person.call("POST", f"/credentials/{credential['id']}/authorize", {})["authorization_url"])
        self.calendars = {one["name"]: one["id"] for one in person.call("GET", f"/clients/{client['id']}/calendars")["data"]}
        return self

    def enter(self):
        self.person.csrf = self.person.call("POST", "/auth/login", {"email": ANN, "password": PASSWORD})["csrf_token"]
        return self

    def sync(self, calendar):
        """Seconds until the calendar is as the provider has it."""
        begun = time.monotonic()
        health = self.person.call("POST", f"/calendars/{calendar}/sync")
        while health["as_of"] is None:
            time.sleep(0.02)
            health = self.person.call("GET", f"/calendars/{calendar}/health")
        if health["last_error"]:
            sys.exit(f"a pull failed: {health['last_error']}")
        return time.monotonic() - begun

    def cpu(self):
        """Seconds of processor time."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def forget_peak(self):
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")
