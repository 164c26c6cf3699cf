//! Bulk work: what files say, what is planned from it, and that nothing a file holds does harm.

mod desk;
mod events;
mod round_trip;
mod stories_clashes;
mod stories_files;
mod stories_plan;
mod stories_progress;
mod stories_templates;
mod stories_undo;
