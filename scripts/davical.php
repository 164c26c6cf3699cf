<?php
// What scripts/davical.sh serves: DAViCal as the package brings it, at the root of the server, with a configuration of ours
// instead of the machine's. Nothing of ours stands between a call and DAViCal but who may sign in.

error_reporting(E_ALL & ~E_DEPRECATED & ~E_STRICT & ~E_NOTICE & ~E_WARNING);
date_default_timezone_set('UTC');
const HTDOCS = '/usr/share/davical/htdocs';

// Users are read again at every request, as from the password file of the other servers.
$pdo = new PDO('pgsql:dbname=davical');
$pdo->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
$known = $pdo->query('SELECT username FROM usr')->fetchAll(PDO::FETCH_COLUMN);
foreach (file(getenv('DAVICAL_USERS'), FILE_IGNORE_NEW_LINES | FILE_SKIP_EMPTY_LINES) as $line) {
    list($name, $password) = explode(':', $line, 2);
    $email = strpos($name, '@') ? $name : "$name@example.org";
    if (in_array($name, $known, true)) {
        $pdo->prepare('UPDATE usr SET password = ? WHERE username = ? AND password <> ?')->execute(array("**$password", $name, "**$password"));
        continue;
    }
    $pdo->prepare('INSERT INTO usr (active, email_ok, updated, username, password, fullname, email)
        VALUES (true, current_date, current_date, ?, ?, ?, ?)')->execute(array($name, "**$password", $name, $email));
    $pdo->prepare('INSERT INTO principal (type_id, user_no, displayname, default_privileges)
        SELECT 1, user_no, fullname, 0::BIT(24) FROM usr WHERE username = ?')->execute(array($name));
}

// Tests fill a calendar at once, past the server: so many of what is sent, each with its number.
if (isset($_SERVER['HTTP_X_FILL'])) {
    $pdo->prepare("WITH made AS (
            INSERT INTO caldav_data (user_no, dav_name, dav_etag, created, modified, caldav_data, caldav_type, logged_user, collection_id)
            SELECT user_no, dav_name || n || '.ics', md5(dav_name || n), now(), now(), replace(?, '{n}', n), 'VEVENT', user_no, collection_id
            FROM collection, (SELECT lpad(n::text, 5, '0') AS n FROM generate_series(0, ?::int - 1) AS n) AS numbers
            WHERE dav_name = ? RETURNING *)
        INSERT INTO calendar_item (user_no, dav_name, dav_etag, uid, created, last_modified, dtstamp, dtstart, dtend, summary, dav_id, collection_id)
        SELECT user_no, dav_name, dav_etag, dav_name, now(), now(), now(), '2027-03-01 08:00Z', '2027-03-01 09:00Z', 'Many', dav_id, collection_id
        FROM made")->execute(array(file_get_contents('php://input'), $_SERVER['HTTP_X_FILL'],
        preg_replace('#^/caldav\.php#', '', rawurldecode(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)))));
    return;
}
unset($pdo, $known, $line, $name, $password, $email);

// DAViCal looks for /etc/davical/{server name}-conf.php before the machine's own configuration.
$_SERVER['SERVER_NAME'] = '../..' . getenv('DAVICAL_DIR') . '/davical';
$_SERVER['DOCUMENT_ROOT'] = HTDOCS;
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/caldav.php';
// Also without the script's name, as installations do by rewriting: DAViCal's own addresses have it.
$_SERVER['PATH_INFO'] = preg_replace('#^/caldav\.php(?=/|$)#', '', rawurldecode(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH))) ?: '/';
chdir(HTDOCS);
require HTDOCS . '/caldav.php';
