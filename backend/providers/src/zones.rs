//! Names of time zones as other programs spell them.

use jiff::tz::TimeZone;
use windows_timezones::WindowsTimezone;

/// The IANA name of a zone given by its IANA or Windows name.
pub fn find(name: &str) -> Option<String> {
    if TimeZone::get(name).is_ok() {
        return Some(name.to_owned());
    }
    let windows = name.parse::<WindowsTimezone>().ok()?.tzdb_id();
    TimeZone::get(windows).is_ok().then(|| windows.to_owned())
}
