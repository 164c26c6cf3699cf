//! Who can be booked, when, and why not.

mod judge;
mod plan;
mod properties;
mod rules;
mod stories;
mod stories_people;
mod stories_time;
mod town;
mod zones;
