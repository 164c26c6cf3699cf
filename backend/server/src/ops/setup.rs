//! The first run: the first tenant and its owner.

use db::{Conn, tenants::Tenant, users::User};
use domain::id::Kind;
use jiff::Timestamp;

/// Why there is no new owner.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody was first.
    #[error("already set up")]
    Done,
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Whom to make.
#[derive(Debug)]
pub struct Owner {
    /// Name of the agency or business.
    pub tenant_name: String,
    /// Name of the person.
    pub name: String,
    /// Address to sign in with.
    pub email: String,
    /// PHC string.
    pub password_hash: String,
}

/// Makes the first tenant and its owner. Of two at once, one wins.
///
/// # Errors
/// [`Error::Done`].
pub fn create(conn: &mut Conn, owner: Owner, now: Timestamp) -> Result<User, Error> {
    if db::tenants::any(conn)? {
        return Err(Error::Done);
    }
    create_tenant(conn, owner, now).map_err(|error| match error {
        // Two at once on PostgreSQL: the lease row below is taken.
        db::Error::Conflict(_) => Error::Done,
        other => Error::Db(other),
    })
}

fn create_tenant(conn: &mut Conn, owner: Owner, now: Timestamp) -> db::Result<User> {
    // A name that can exist once: on PostgreSQL two transactions would otherwise both see no tenant.
    let far = jiff::Timestamp::MAX;
    if !db::leases::take(conn, "setup", "first", now.into(), far.into())? {
        return Err(db::Error::Conflict("setup".to_owned()));
    }
    add_tenant(conn, owner, now)
}

/// Makes a further tenant and its owner: for whoever runs the program, not for callers.
///
/// # Errors
/// [`db::Error::Conflict`] when the address is taken.
pub fn add_tenant(conn: &mut Conn, owner: Owner, now: Timestamp) -> db::Result<User> {
    let tenant = Tenant {
        id: Kind::Tenant.new_id(),
        name: owner.tenant_name,
        created_at: now.into(),
        updated_at: now.into(),
    };
    db::tenants::insert(conn, &tenant)?;
    let user = User {
        id: Kind::User.new_id(),
        tenant_id: tenant.id,
        email_key: owner.email.to_lowercase(),
        email: owner.email,
        name: owner.name,
        role: "owner".to_owned(),
        password_hash: owner.password_hash,
        created_at: now.into(),
        updated_at: now.into(),
        revision: 1,
        deactivated_at: None,
        invitation_hash: None,
        invited_until: None,
    };
    db::users::insert(conn, &user)?;
    Ok(user)
}
