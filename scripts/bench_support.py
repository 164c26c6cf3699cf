"""Shared by the benches beside it: processes, a signed-in person, the consent page of the simulated Google."""
import http.cookiejar, json, os, pathlib, re, socket, subprocess, sys, time, urllib.error, urllib.parse, urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PASSWORD = "correct horse battery"


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
        url = path if path.startswith("http") else f"{self.base}/api/v1{path}"
        request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode())
        request.add_header("Origin", self.base)
        request.add_header("X-CSRF-Token", self.csrf)
        if body is not None:
            request.add_header("Content-Type", "application/json")
        if etag is not None:
            request.add_header("If-Match", etag)
        with self.opener.open(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None


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
