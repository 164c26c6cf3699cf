//! What everybody may see: a client's booking page, and a booking through its customer's own link. The address of the page
//! and the link say whose it is; there is no caller.

use std::collections::{BTreeSet, HashMap};

use db::{Conn, clients::Client, services::Service};
use domain::{catalogue::Policy, id::TenantId};

use super::{availability, booking_policies, bookings};

/// A client's page.
#[derive(Debug, Clone)]
pub struct Page {
    /// Whose.
    pub tenant: TenantId,
    /// The business.
    pub client: Client,
    /// How it wants its bookings treated.
    pub policy: Policy,
}

/// The page with this address.
///
/// # Errors
/// [`db::Error::NotFound`]: there is none, or the client is archived.
pub fn page(conn: &mut Conn, slug: &str) -> db::Result<Page> {
    let row = db::booking_policies::by_slug(conn, slug)?;
    let tenant = TenantId::from_store(row.tenant_id.clone());
    let (client, _) = db::clients::get(conn, &tenant, &row.client_id)?;
    if client.archived_at.is_some() {
        return Err(db::Error::NotFound);
    }
    Ok(Page {
        policy: booking_policies::policy(&row),
        tenant,
        client,
    })
}

/// A service on the page, with who does it.
#[derive(Debug)]
pub struct Offer {
    /// The service.
    pub service: Service,
    /// Identifier and name, in the order of preference.
    pub staff: Vec<(String, String)>,
}

/// What the page offers: public services that somebody does.
///
/// # Errors
/// Those of the database.
pub fn offers(conn: &mut Conn, page: &Page) -> db::Result<Vec<Offer>> {
    let services = db::services::public(conn, &page.tenant, &page.client.id)?;
    let ids: Vec<&str> = services.iter().map(|one| one.id.as_str()).collect();
    let doers = db::service_staff::of_services(conn, &page.tenant, &ids)?;
    let staff: BTreeSet<&str> = doers.iter().map(|one| one.staff_id.as_str()).collect();
    let staff: Vec<&str> = staff.into_iter().collect();
    let names: HashMap<String, String> = db::staff::some(conn, &page.tenant, &staff)?
        .into_iter()
        .filter(|one| one.archived_at.is_none())
        .map(|one| (one.id, one.name))
        .collect();
    let offers = services.into_iter().map(|service| {
        let theirs = doers.iter().filter(|one| one.service_id == service.id);
        let staff = theirs.filter_map(|one| Some((one.staff_id.clone(), names.get(&one.staff_id)?.clone())));
        Offer {
            staff: staff.collect(),
            service,
        }
    });
    Ok(offers.filter(|one| !one.staff.is_empty()).collect())
}

/// A service that the page offers.
///
/// # Errors
/// [`db::Error::NotFound`]: it does not.
pub fn offered(conn: &mut Conn, page: &Page, service: &str) -> db::Result<Service> {
    let service = db::services::get(conn, &page.tenant, service)?;
    if service.client_id == page.client.id && service.is_public && service.archived_at.is_none() {
        Ok(service)
    } else {
        Err(db::Error::NotFound)
    }
}

/// A booking as its customer may see it.
#[derive(Debug)]
pub struct Mine {
    /// With whom.
    pub client: Client,
    /// How they want their bookings treated.
    pub policy: Policy,
    /// What is booked.
    pub service: Service,
    /// The booking.
    pub shown: bookings::Shown,
}

/// A booking as its customer may see it.
///
/// # Errors
/// Those of the database.
pub fn mine(conn: &mut Conn, shown: bookings::Shown) -> db::Result<Mine> {
    let tenant = TenantId::from_store(shown.row.tenant_id.clone());
    let (client, _) = db::clients::get(conn, &tenant, &shown.row.client_id)?;
    let policy = availability::policy(conn, &tenant, &client.id).map_err(|error| match error {
        availability::Error::Db(error) => error,
        other => db::Error::Other(other.to_string()),
    })?;
    Ok(Mine {
        service: db::services::get(conn, &tenant, &shown.row.service_id)?,
        client,
        policy,
        shown,
    })
}
