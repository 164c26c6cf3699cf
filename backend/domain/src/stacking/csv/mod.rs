//! Tables of events: detected, read a row at a time, and told what is wrong in the words of whoever made them.

mod cells;
mod columns;
mod detect;
mod draft;
mod formula;
mod layout;
mod moments;
mod rows;
mod text;
mod times;
mod write;

pub(super) use self::draft::{at, violations};
pub use self::{
    columns::{Column, Target},
    detect::{Detection, Doubt, SAMPLE},
    draft::{Drafts, LayoutError},
    formula::{defuse, restore},
    layout::{AllDayEnd, DateOrder, Delimiter, Layout, Quote},
    moments::{Clues, Moment, read as read_moment},
    rows::{MAX_COLUMNS, MAX_ROW, Row, RowError, Rows},
    write::{HEADER, Writer},
};
use super::fault::shown;
