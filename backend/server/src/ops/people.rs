//! People: inviting them, what they may do, letting them go.
//!
//! Whoever may do this is an owner, an admin, or a key that one of them made. Only owners make and touch owners, so nobody
//! raises themselves; and one owner who can sign in always remains.

use std::collections::HashMap;

use db::{
    Conn,
    reach::Level,
    user_access::{Access, Named},
    users::{Change, User},
};
use domain::{
    id::{Kind, TenantId},
    validation::Violation,
};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    crypto,
    ops::access::{Actor, Reach},
};

/// How long a link works.
pub const LINK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such person.
    #[error("not found")]
    NotFound,
    /// Somebody has the address already.
    #[error("the address is taken")]
    EmailTaken,
    /// Nobody else could sign in as owner.
    #[error("the last owner")]
    LastOwner,
    /// Only an owner may.
    #[error("owners only")]
    OwnersOnly,
    /// Not to oneself.
    #[error("oneself")]
    Yourself,
    /// The link does not work (any more).
    #[error("the link has ended")]
    Link,
    /// Fields are wrong.
    #[error("invalid")]
    Invalid(Vec<Violation>),
    /// The database.
    #[error(transparent)]
    Db(db::Error),
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::NotFound => Self::NotFound,
            other => Self::Db(other),
        }
    }
}

/// Whom to invite.
#[derive(Debug)]
pub struct New {
    /// Address to sign in with.
    pub email: String,
    /// For people.
    pub name: String,
    /// `owner`, `admin` or `member`.
    pub role: &'static str,
    /// What a member may do.
    pub access: Vec<Grant>,
}

/// What a member may do with one client.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Which.
    pub client: String,
    /// What.
    pub level: Level,
    /// Only as this staff member.
    pub staff: Option<String>,
}

/// What of a person can change.
#[derive(Debug, Clone)]
pub struct Facts {
    /// For people.
    pub name: String,
    /// `owner`, `admin` or `member`.
    pub role: &'static str,
    /// Whether they can sign in.
    pub is_active: bool,
}

/// The role with which somebody acts. A key acts as an admin.
fn role(conn: &mut Conn, tenant: &TenantId, actor: &Actor) -> Result<String, Error> {
    match actor {
        Actor::Key(_) => Ok("admin".to_owned()),
        Actor::User(id) => Ok(db::users::get(conn, tenant, id)?.role),
    }
}

fn owners_among_themselves(conn: &mut Conn, tenant: &TenantId, actor: &Actor, roles: &[&str]) -> Result<(), Error> {
    if roles.contains(&"owner") && role(conn, tenant, actor)? != "owner" {
        return Err(Error::OwnersOnly);
    }
    Ok(())
}

/// Invites somebody. The secret of their link is told now and never again.
///
/// # Errors
/// [`Error`].
pub fn invite(
    conn: &mut Conn,
    tenant: &TenantId,
    actor: &Actor,
    new: New,
    now: Timestamp,
) -> Result<(User, SecretString), Error> {
    owners_among_themselves(conn, tenant, actor, &[new.role])?;
    let secret = crypto::random_token();
    let row = User {
        id: Kind::User.new_id(),
        tenant_id: tenant.as_str().to_owned(),
        email_key: new.email.to_lowercase(),
        email: new.email,
        name: new.name,
        role: new.role.to_owned(),
        password_hash: String::new(),
        created_at: now.into(),
        updated_at: now.into(),
        revision: 1,
        deactivated_at: None,
        invitation_hash: Some(crypto::token_hash(secret.expose_secret())),
        invited_until: Some((now + LINK).into()),
    };
    db::users::insert(conn, &row).map_err(|error| match error {
        db::Error::Conflict(_) => Error::EmailTaken,
        other => other.into(),
    })?;
    put_rows(conn, tenant, &row.id, &new.access)?;
    Ok((row, secret))
}

/// Gives somebody a new link: to begin, or to set a new password.
///
/// # Errors
/// [`Error`].
pub fn link(
    conn: &mut Conn,
    tenant: &TenantId,
    actor: &Actor,
    id: &str,
    now: Timestamp,
) -> Result<(User, SecretString), Error> {
    // Nobody becomes an owner between the question and the link.
    let user = db::users::lock(conn, tenant, id)?;
    owners_among_themselves(conn, tenant, actor, &[&user.role])?;
    let secret = crypto::random_token();
    let hash = crypto::token_hash(secret.expose_secret());
    let row = db::users::invite(conn, tenant, id, &hash, (now + LINK).into())?;
    Ok((row, secret))
}

/// Who has a link with this secret.
///
/// # Errors
/// [`Error::Link`].
pub fn invited(conn: &mut Conn, secret: &str, now: Timestamp) -> Result<(User, String), Error> {
    let user =
        db::users::by_invitation(conn, &crypto::token_hash(secret), now.into()).map_err(|error| match error {
            db::Error::NotFound => Error::Link,
            other => other.into(),
        })?;
    let tenant = db::tenants::get(conn, &TenantId::from_store(user.tenant_id.clone()))?;
    Ok((user, tenant.name))
}

/// Sets the password of whoever has the link; it works once, and ends their other sessions.
///
/// # Errors
/// [`Error::Link`].
pub fn accept(conn: &mut Conn, secret: &str, hash: &str, now: Timestamp) -> Result<User, Error> {
    let (user, _) = invited(conn, secret, now)?;
    let tenant = TenantId::from_store(user.tenant_id.clone());
    // Of two at once, the second finds the link used.
    db::users::lock(conn, &tenant, &user.id)?;
    invited(conn, secret, now)?;
    db::users::set_password(conn, &tenant, &user.id, hash, now.into())?;
    db::sessions::delete_of_user(conn, &tenant, &user.id)?;
    Ok(db::users::get(conn, &tenant, &user.id)?)
}

/// Changes somebody. `decide` gets them as they are now, locked, and says what they shall be.
///
/// # Errors
/// Those of `decide`, [`Error`].
pub fn update<E: From<Error>>(
    conn: &mut Conn,
    tenant: &TenantId,
    actor: &Actor,
    id: &str,
    now: Timestamp,
    decide: impl FnOnce(&User) -> Result<Facts, E>,
) -> Result<User, E> {
    let owners = db::users::lock_owners(conn, tenant).map_err(Error::from)?;
    let locked = db::users::lock(conn, tenant, id).map_err(Error::from)?;
    let before = User {
        revision: locked.revision - 1,
        ..locked
    };
    let facts = decide(&before)?;
    owners_among_themselves(conn, tenant, actor, &[&before.role, facts.role])?;
    let stays = facts.role == "owner" && facts.is_active;
    if !stays {
        another_owner(&owners, id)?;
    }
    if !facts.is_active && *actor == Actor::User(id.to_owned()) {
        return Err(Error::Yourself.into());
    }
    // Who made the link might not have it for this role; and who comes back gets a new one.
    let same = facts.role == before.role && facts.is_active == before.deactivated_at.is_none();
    let change = Change {
        invitation_hash: before.invitation_hash.clone().filter(|_| same),
        name: facts.name,
        role: facts.role.to_owned(),
        deactivated_at: if facts.is_active {
            None
        } else {
            before.deactivated_at.or(Some(now.into()))
        },
        updated_at: now.into(),
    };
    if !facts.is_active {
        db::sessions::delete_of_user(conn, tenant, id).map_err(Error::from)?;
    }
    Ok(db::users::update(conn, tenant, id, &change).map_err(Error::from)?)
}

/// Whoever is an owner now may cease to be one only if there is another who can sign in.
fn another_owner(owners: &[String], id: &str) -> Result<(), Error> {
    let last = owners.iter().any(|one| one == id) && owners.len() == 1;
    if last { Err(Error::LastOwner) } else { Ok(()) }
}

/// Removes somebody, if `meant` holds.
///
/// # Errors
/// Those of `meant`, [`Error`].
pub fn remove<E: From<Error>>(
    conn: &mut Conn,
    tenant: &TenantId,
    actor: &Actor,
    id: &str,
    meant: impl FnOnce(&User) -> Result<(), E>,
) -> Result<(), E> {
    let owners = db::users::lock_owners(conn, tenant).map_err(Error::from)?;
    let user = db::users::get(conn, tenant, id).map_err(Error::from)?;
    meant(&user)?;
    owners_among_themselves(conn, tenant, actor, &[&user.role])?;
    another_owner(&owners, id)?;
    if *actor == Actor::User(id.to_owned()) {
        return Err(Error::Yourself.into());
    }
    Ok(db::users::delete(conn, tenant, id).map_err(Error::from)?)
}

/// What somebody may do, client by client. Of owners and admins it is what they may do once they are members.
///
/// # Errors
/// [`Error::NotFound`].
pub fn access(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<(User, Vec<Named>), Error> {
    let user = db::users::get(conn, tenant, id)?;
    Ok((user, db::user_access::of_user(conn, tenant, id)?))
}

/// Says what somebody may do from now on. `meant` gets them as they are now.
///
/// # Errors
/// Those of `meant`, [`Error::Invalid`].
pub fn put_access<E: From<Error>>(
    conn: &mut Conn,
    tenant: &TenantId,
    actor: &Actor,
    id: &str,
    grants: &[Grant],
    meant: impl FnOnce(&User) -> Result<(), E>,
) -> Result<(User, Vec<Named>), E> {
    let locked = db::users::lock(conn, tenant, id).map_err(Error::from)?;
    let before = User {
        revision: locked.revision - 1,
        ..locked
    };
    meant(&before)?;
    owners_among_themselves(conn, tenant, actor, &[&before.role])?;
    put_rows(conn, tenant, id, grants)?;
    Ok(access(conn, tenant, id)?)
}

fn put_rows(conn: &mut Conn, tenant: &TenantId, id: &str, grants: &[Grant]) -> Result<(), Error> {
    let known: HashMap<String, String> = db::clients::names(conn, tenant)?.into_iter().collect();
    let named: Vec<&str> = grants.iter().filter_map(|one| one.staff.as_deref()).collect();
    let employers: HashMap<String, String> = db::user_access::clients_of_staff(conn, tenant, &named)?
        .into_iter()
        .collect();
    let mut wrong = Vec::new();
    let mut fault = |n: usize, field: &str, code: &'static str, detail: &str| {
        wrong.push(Violation {
            pointer: format!("/access/{n}/{field}"),
            code,
            detail: detail.to_owned(),
        });
    };
    for (n, grant) in grants.iter().enumerate() {
        if !known.contains_key(&grant.client) {
            fault(n, "client_id", "unknown", "There is no such client.");
        } else if grants[..n].iter().any(|one| one.client == grant.client) {
            fault(n, "client_id", "duplicate", "This client is named twice.");
        } else if let Some(staff) = &grant.staff
            && employers.get(staff) != Some(&grant.client)
        {
            fault(n, "staff_id", "unknown", "The client has no such staff member.");
        }
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let rows: Vec<Access> = grants
        .iter()
        .map(|grant| Access {
            tenant_id: tenant.as_str().to_owned(),
            user_id: id.to_owned(),
            client_id: grant.client.clone(),
            level: grant.level.number(),
            staff_id: grant.staff.clone(),
        })
        .collect();
    Ok(db::user_access::put(conn, tenant, id, &rows)?)
}

/// With whose eyes bulk work is planned that somebody asked for: it touches what they may write now. `None`: they were let
/// go, and what they asked for is nobody's any more.
///
/// # Errors
/// Those of the database.
pub fn planner(conn: &mut Conn, tenant: &TenantId, asked_by: &str) -> db::Result<Option<Reach>> {
    if !Kind::User.matches(asked_by) {
        return Ok(Some(Reach::All));
    }
    let role = match db::users::get(conn, tenant, asked_by) {
        Ok(user) if user.deactivated_at.is_none() => user.role,
        Ok(_) | Err(db::Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(match Reach::of_role(&role, asked_by) {
        Reach::Granted { person, .. } => Reach::Granted {
            person,
            least: Level::Write,
        },
        all @ Reach::All => all,
    }))
}
