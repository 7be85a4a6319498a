//! Find users.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    ConnectionName, Email, Error, Identity, Kind, Listing, Number, Page, RoleId, Strategy, User,
    Username,
};
use citizenry_storage::{
    Access, Conditions, Read, UserSearch,
    ports::{UserField, UserFilter, UserSort},
};
use secrecy::SecretString;

use super::{
    UserRef, UserView,
    create::find_named,
    find_user,
    view::{alone, one, view, view_all, view_known},
};
use crate::{Directory, GroupRef, limits::MAX_SCANNED, references::find_groups};

/// Which users a list holds. Every member that is set narrows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserQuery {
    /// Users of this connection.
    pub connection: Option<ConnectionName>,
    /// Users with this email address, in any spelling.
    pub email: Option<String>,
    /// Users with this username, in any spelling.
    pub username: Option<String>,
    /// Users whose nickname contains this.
    pub nickname_contains: Option<String>,
    /// Users whose phone number contains these digits.
    pub phone_contains: Option<String>,
    /// Users who have this role.
    pub role: Option<RoleId>,
    /// Users who have none of these roles; at most 50.
    pub without_roles: Vec<RoleId>,
    /// Users in any of these groups; all when `None`. Groups that there are not hold nobody.
    pub groups: Option<Vec<GroupRef>>,
    /// Users who pass these.
    pub conditions: Conditions<UserField>,
    /// Users who are searched for so.
    pub search: Option<UserSearch>,
}

/// A key that users of several connections may share.
#[derive(Debug, Clone)]
enum Key {
    Email(String),
    Username(String),
}

impl Directory {
    /// A user.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn user(&self, caller: &Caller, user: &UserRef) -> Result<UserView, Error> {
        caller.may(Action::Read, Resource::User)?;
        let (tenant, user) = (caller.tenant(), user.clone());
        let known = self.known_connections().await;
        self.storage
            .read_few(async move |read| {
                let found = find_user(read.users(), tenant, &user).await?;
                one(view_known(&known, read.connections(), tenant, alone(found)).await?)
            })
            .await
    }

    /// A page of the users that `query` lets through.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` on `search` when it is too deep or too long; `Invalid` on a filter or
    /// `search` that no index serves when the tenant is too large to read through.
    pub async fn users(
        &self,
        caller: &Caller,
        query: UserQuery,
        listing: Listing<UserSort>,
    ) -> Result<Page<UserView>, Error> {
        caller.may(Action::Read, Resource::User)?;
        let caller = caller.clone();
        let known = self.known_connections().await;
        self.storage
            .read(async move |read| {
                match found_page(read, &caller, query.clone(), &listing).await? {
                    Some(page) => {
                        view_known(&known, read.connections(), caller.tenant(), page).await
                    }
                    None => Ok(nothing(&listing)),
                }
            })
            .await
    }

    /// The users with that email address in any connection, at most 100.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn users_by_email(
        &self,
        caller: &Caller,
        email: &str,
    ) -> Result<Vec<UserView>, Error> {
        self.users_alike(caller, Email::key_of(email).map(Key::Email)).await
    }

    /// The users with that username in any connection, at most 100.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn users_by_username(
        &self,
        caller: &Caller,
        username: &str,
    ) -> Result<Vec<UserView>, Error> {
        self.users_alike(caller, Username::key_of(username).map(Key::Username)).await
    }

    /// The number of the user who has that username, in the default connection first; none when it
    /// is free there and everywhere else.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn username_owner(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<Option<Number>, Error> {
        caller.may(Action::Read, Resource::User)?;
        let Some(key) = Username::key_of(name) else { return Ok(None) };
        let tenant = caller.tenant();
        self.storage
            .read(async move |read| {
                let found = read.users().find_by_username(tenant, &key).await?;
                let settings = read.tenants().find(tenant).await?.map(|tenant| tenant.settings);
                let default = match settings {
                    Some(settings) => {
                        let name = ConnectionName::from_stored(settings.default_connection);
                        find_named(read.connections(), tenant, &name).await?.map(|it| it.id)
                    }
                    None => None,
                };
                let first = found.iter().find(|user| Some(user.connection) == default);
                Ok(first.or(found.first()).map(|user| user.number))
            })
            .await
    }

    /// The users with that key; without one there can be none.
    async fn users_alike(&self, caller: &Caller, key: Option<Key>) -> Result<Vec<UserView>, Error> {
        caller.may(Action::Read, Resource::User)?;
        let Some(key) = key else { return Ok(Vec::new()) };
        let tenant = caller.tenant();
        self.storage
            .read(async move |read| {
                let items = match &key {
                    Key::Email(key) => read.users().find_by_email(tenant, key).await?,
                    Key::Username(key) => read.users().find_by_username(tenant, key).await?,
                };
                let page = Page { items, total: None, next: None };
                Ok(view_all(read.connections(), tenant, page).await?.items)
            })
            .await
    }

    /// The user who has the identity `provider_user_id` at `provider`.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn user_by_identity(
        &self,
        caller: &Caller,
        provider: &Strategy,
        provider_user_id: &str,
    ) -> Result<UserView, Error> {
        caller.may(Action::Read, Resource::User)?;
        let (caller, provider) = (caller.clone(), provider.clone());
        let provider_user_id = provider_user_id.to_owned();
        self.storage
            .read(async move |read| {
                let tenant = caller.tenant();
                let found =
                    read.users().find_by_identity(tenant, &provider, &provider_user_id).await?;
                let user = found.ok_or_else(|| {
                    Error::not_found(Kind::User, format!("{provider}|{provider_user_id}"))
                })?;
                view(read.connections(), tenant, user).await
            })
            .await
    }

    /// The access token that the provider of an identity has given; `None` when there is none, or
    /// when the caller may not see it.
    ///
    /// # Errors
    /// `Internal` when the sealed token does not open.
    pub fn provider_access_token(
        &self,
        caller: &Caller,
        identity: &Identity,
    ) -> Result<Option<SecretString>, Error> {
        if caller.may(Action::Read, Resource::UserProviderTokens).is_err() {
            return Ok(None);
        }
        let Some(sealed) = &identity.access_token else { return Ok(None) };
        let context = super::by_identity::token_context(identity.id);
        let token = self.environment.sealer.open(&context, sealed)?;
        String::from_utf8(token).map(|token| Some(token.into())).map_err(Error::internal)
    }

    /// The organizations that a user is a member of: none until organizations exist.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn user_organizations(
        &self,
        caller: &Caller,
        user: &UserRef,
    ) -> Result<Page<std::convert::Infallible>, Error> {
        self.user(caller, user).await?;
        Ok(Page { items: Vec::new(), total: Some(0), next: None })
    }

    /// The consents that a user has given: none until people sign in.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn user_grants(
        &self,
        caller: &Caller,
        user: &UserRef,
    ) -> Result<Page<std::convert::Infallible>, Error> {
        self.user(caller, user).await?;
        Ok(Page { items: Vec::new(), total: Some(0), next: None })
    }
}

/// The page; `None` when nobody can match the query.
pub(super) async fn found_page(
    read: &mut dyn Read,
    caller: &Caller,
    query: UserQuery,
    listing: &Listing<UserSort>,
) -> Result<Option<Page<User>>, Error> {
    if let Some(search) = &query.search {
        search.check()?;
    }
    let Some(filter) = filter(read, caller, query).await? else { return Ok(None) };
    check_scan(read, caller, &filter).await?;
    Ok(Some(read.users().list(caller.tenant(), &filter, listing).await?))
}

pub(super) fn nothing<F, T>(listing: &Listing<F>) -> Page<T> {
    Page { items: Vec::new(), total: listing.with_total.then_some(0), next: None }
}

/// The query in the ports' terms; `None` when nobody can match it.
async fn filter(
    read: &mut dyn Read,
    caller: &Caller,
    query: UserQuery,
) -> Result<Option<UserFilter>, Error> {
    if query.without_roles.len() > 50 {
        return Err(Error::invalid("exclude_role_id", "must be at most 50"));
    }
    let mut filter = UserFilter {
        nickname_contains: query.nickname_contains,
        phone_contains: query.phone_contains,
        role: query.role,
        without_roles: query.without_roles,
        conditions: query.conditions,
        search: query.search,
        ..UserFilter::default()
    };
    if let Some(groups) = query.groups {
        let found = find_groups(read.groups(), caller.tenant(), &groups).await?;
        let ids: Vec<_> = found.into_iter().flatten().map(|group| group.id).collect();
        if ids.is_empty() {
            return Ok(None);
        }
        filter.groups = Some(ids);
    }
    if let Some(name) = query.connection {
        let Some(connection) = find_named(read.connections(), caller.tenant(), &name).await? else {
            return Ok(None);
        };
        filter.connection = Some(connection.id);
    }
    if let Some(email) = query.email {
        let Some(key) = Email::key_of(&email) else { return Ok(None) };
        filter.email_key = Some(key);
    }
    if let Some(username) = query.username {
        let Some(key) = Username::key_of(&username) else { return Ok(None) };
        filter.username_key = Some(key);
    }
    Ok(Some(filter))
}

/// Refuses a scan over more users than can be read in a moment.
async fn check_scan(
    read: &mut dyn Read,
    caller: &Caller,
    filter: &UserFilter,
) -> Result<(), Error> {
    let Access::Scan(field) = filter.access(caller.tenant()) else { return Ok(()) };
    if read.users().count(caller.tenant()).await? > MAX_SCANNED {
        return Err(Error::invalid(
            field,
            format!(
                "must be searched by a word, part or value that is indexed in tenants of more than \
                 {MAX_SCANNED} users"
            ),
        ));
    }
    Ok(())
}
