//! How merge patches appear in the document: the fields of the whole, none required.

use std::{borrow::Cow, marker::PhantomData};

use utoipa::{
    __dev::ComposeSchema,
    ToSchema,
    openapi::{RefOr, schema::Schema},
};

/// Stands for a merge patch of `T` in `request_body`. The handler takes [`crate::api::json::Merge`].
#[derive(Debug)]
pub struct Patch<T>(PhantomData<T>);

// What the derive implements, too: `#[utoipa::path]` looks for it on types with parameters.
impl<T: ToSchema> ComposeSchema for Patch<T> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let mut schema = T::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object.required.clear();
            object.description = Some(format!(
                "A merge patch (RFC 7396) of {}: absent is unchanged, null clears.",
                T::name()
            ));
            object.example = None;
        }
        schema
    }
}

impl<T: ToSchema> ToSchema for Patch<T> {
    fn name() -> Cow<'static, str> {
        let whole = T::name();
        Cow::Owned(format!("{}Patch", whole.strip_suffix("In").unwrap_or(&whole)))
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}
