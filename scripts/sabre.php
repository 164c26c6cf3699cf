<?php
// What scripts/sabre.sh serves: SabreDAV's calendars with its own PDO storage and Digest sign-in, nothing of ours between.
// Called without a web server it makes the database.

error_reporting(E_ALL & ~E_DEPRECATED & ~E_STRICT & ~E_NOTICE & ~E_WARNING);
date_default_timezone_set('UTC');
require_once 'Sabre/autoload.php';

$pdo = new PDO('sqlite:' . getenv('SABRE_DATABASE'));
$pdo->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
$pdo->setAttribute(PDO::ATTR_TIMEOUT, 30);

if (PHP_SAPI === 'cli') {
    // The schema of /usr/share/doc/php-sabre-dav/examples/sql, which slim images leave out.
    $pdo->exec('PRAGMA journal_mode = WAL');
    $pdo->exec('CREATE TABLE calendars (id integer primary key asc, principaluri text, displayname text, uri text, ctag integer,
        description text, calendarorder integer, calendarcolor text, timezone text, components text, transparent bool)');
    $pdo->exec('CREATE TABLE calendarobjects (id integer primary key asc, calendardata blob, uri text, calendarid integer,
        lastmodified integer, etag text, size integer, componenttype text, firstoccurence integer, lastoccurence integer)');
    $pdo->exec('CREATE TABLE principals (id integer primary key asc, uri text unique, email text, displayname text, vcardurl text)');
    $pdo->exec('CREATE TABLE groupmembers (id integer primary key asc, principal_id integer, member_id integer,
        unique (principal_id, member_id))');
    $pdo->exec('CREATE TABLE users (id integer primary key asc, username text unique, digesta1 text)');
    return;
}
$pdo->exec('PRAGMA synchronous = OFF');

const REALM = 'SabreDAV';
$known = $pdo->query('SELECT username, digesta1 FROM users')->fetchAll(PDO::FETCH_KEY_PAIR);
foreach (file(getenv('SABRE_USERS'), FILE_IGNORE_NEW_LINES | FILE_SKIP_EMPTY_LINES) as $line) {
    list($name, $password) = explode(':', $line, 2);
    $digest = md5("$name:" . REALM . ":$password");
    if (isset($known[$name])) {
        // The password is another one now.
        if ($known[$name] !== $digest) {
            $pdo->prepare('UPDATE users SET digesta1 = ? WHERE username = ?')->execute(array($digest, $name));
        }
        continue;
    }
    $add = function ($sql, ...$values) use ($pdo) { $pdo->prepare("INSERT OR IGNORE INTO $sql")->execute($values); };
    $email = strpos($name, '@') ? $name : "$name@example.org";
    $add('principals (uri, email, displayname) VALUES (?, ?, ?)', "principals/$name", $email, $name);
    $add('principals (uri) VALUES (?)', "principals/$name/calendar-proxy-read");
    $add('principals (uri) VALUES (?)', "principals/$name/calendar-proxy-write");
    $add('users (username, digesta1) VALUES (?, ?)', $name, $digest);
}

// Tests fill a calendar at once, past the server: so many of what is sent, each with its number.
if (isset($_SERVER['HTTP_X_FILL'])) {
    list(, , $name, $uri) = explode('/', rawurldecode(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)));
    $find = $pdo->prepare('SELECT id FROM calendars WHERE principaluri = ? AND uri = ?');
    $find->execute(array("principals/$name", $uri));
    $calendar = $find->fetchColumn();
    $backend = new Sabre\CalDAV\Backend\PDO($pdo);
    $text = file_get_contents('php://input');
    $pdo->beginTransaction();
    for ($n = 0; $n < (int) $_SERVER['HTTP_X_FILL']; $n++) {
        $number = sprintf('%05d', $n);
        $backend->createCalendarObject($calendar, "$number.ics", str_replace('{n}', $number, $text));
    }
    $pdo->commit();
    return;
}

$principals = new Sabre\DAVACL\PrincipalBackend\PDO($pdo);
$server = new Sabre\DAV\Server(array(
    new Sabre\CalDAV\Principal\Collection($principals),
    new Sabre\CalDAV\CalendarRootNode($principals, new Sabre\CalDAV\Backend\PDO($pdo)),
));
$server->setBaseUri('/');
$server->addPlugin(new Sabre\DAV\Auth\Plugin(new Sabre\DAV\Auth\Backend\PDO($pdo), REALM));
$server->addPlugin(new Sabre\DAVACL\Plugin());
$server->addPlugin(new Sabre\CalDAV\Plugin());
$server->exec();
