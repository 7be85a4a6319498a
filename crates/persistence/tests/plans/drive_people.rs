//! Calls what finds people and tenants by conditions, tokens of people, and operators.

use citizenry_identity::{
    ApiToken, ApiTokenId, ApiTokenOwner, CursorKey, GroupId, Id as _, Number, TenantName,
};
use citizenry_storage::{
    Condition, Conditions, Field as _, IdentityField, MetadataTest, Pattern, Search, SearchTest,
    Test, Tx, UserSearch, Value, ValueKind,
    ports::{NumberedSort, TenantField, UserField, UserFilter},
};
use ulid::Ulid;

use crate::{
    drive::{Done, counted, listings},
    label,
    support::{World, at, hash, moment, object, text},
};

pub(crate) async fn every_query(tx: &mut dyn Tx, world: &World) -> Done {
    label("");
    tx.users().insert(&world.full_user(8_001)).await?;
    users(tx, world).await?;
    user_conditions(tx, world).await?;
    searches(tx, world).await?;
    tenants(tx, world).await?;
    api_tokens(tx, world).await?;
    operators(tx, world).await
}

async fn users(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let user = world.full_user(8_002);
    let ids = [user.id, user.id];
    label("find users by number");
    tx.users().find_by_number(tenant, user.number).await?;
    tx.users().ids_of_numbers(tenant, &[user.number, user.number]).await?;
    tx.users().find_many(tenant, &ids).await?;
    tx.users().names(tenant, &ids).await?;
    label("find token_families of many");
    tx.token_families().which_are_signed_in(tenant, &ids, at(0)).await?;
    label("all numbers");
    tx.numbers().reserve(3).await?;
    Ok(())
}

fn one(field: UserField, test: Test) -> UserFilter {
    let all = vec![Condition::new(field, test)];
    UserFilter { conditions: Conditions { all, search: None }, ..UserFilter::default() }
}

fn value(kind: ValueKind) -> Value {
    match kind {
        ValueKind::Text => Value::from("a"),
        ValueKind::Number => Value::from(1),
        ValueKind::Time | ValueKind::Window => Value::Time(at(0)),
        ValueKind::Flag => Value::Flag(true),
    }
}

async fn user_conditions(tx: &mut dyn Tx, world: &World) -> Done {
    use UserField::{
        Administrator, CreatedAt, CreatedBy, Email, Enabled, FamilyName, GivenName, Landline, Name,
        Number, Phone, Source, Status, Tag, Title, Username,
    };
    let tenant = world.tenant;
    let few = [Email, FamilyName, GivenName, Landline, Number, Phone, Title, Username];
    label("find users.list by a condition");
    for field in few {
        let narrowed = one(field, Test::Equal(value(field.kind())));
        tx.users().list(tenant, &narrowed, &counted()).await?;
    }
    for field in [FamilyName, GivenName, Landline, Phone, Title] {
        let narrowed = one(field, Test::StartsWith("a".to_owned()));
        tx.users().list(tenant, &narrowed, &counted()).await?;
        let narrowed = one(field, Test::In(vec![Value::from("a"), Value::from("b")]));
        tx.users().list(tenant, &narrowed, &counted()).await?;
    }
    label("list users.list by conditions");
    let many = [Administrator, CreatedAt, CreatedBy, Enabled, Name, Source, Status, Tag];
    for field in few.into_iter().chain(many) {
        for test in [
            Test::Equal(value(field.kind())),
            Test::NotEqual(value(field.kind())),
            Test::IsNull,
            Test::IsNotNull,
        ] {
            tx.users().list(tenant, &one(field, test), &counted()).await?;
        }
    }
    let search = Some(Search { text: "a".to_owned(), fields: vec![Name, Number, Title] });
    let conditions = Conditions { all: Vec::new(), search };
    let narrowed = UserFilter { conditions, ..UserFilter::default() };
    tx.users().list(tenant, &narrowed, &counted()).await?;
    let group = GroupId::from_ulid(Ulid::nil());
    let narrowed = UserFilter { groups: Some(vec![group, group]), ..UserFilter::default() };
    tx.users().list(tenant, &narrowed, &counted()).await?;
    Ok(())
}

/// Every test of a search by itself and beside one that tokens find.
async fn searches(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let a = || "李雷a".to_owned();
    let metadata = |value: Option<&str>| {
        let path = "user_metadata.plan".to_owned();
        SearchTest::Metadata(MetadataTest { path, value: value.map(str::to_owned) })
    };
    let pattern = Pattern { parts: vec![a(), a()], begins: true, ends: false };
    let tests = [
        SearchTest::Term(a()),
        SearchTest::Term("fioman@qq.com".to_owned()),
        SearchTest::Term("+8618600002222".to_owned()),
        SearchTest::Word { field: UserField::Name, text: a() },
        SearchTest::Word { field: UserField::GivenName, text: "a".to_owned() },
        SearchTest::Condition(Condition::new(UserField::Email, Test::Contains(a()))),
        SearchTest::Condition(Condition::new(UserField::Phone, Test::Contains("1860".to_owned()))),
        SearchTest::Pattern { field: UserField::Username, pattern },
        SearchTest::Domain("qq.com".to_owned()),
        metadata(Some("gold")),
        metadata(None),
    ];
    let searched = |search| UserFilter { search: Some(search), ..UserFilter::default() };
    let term = || UserSearch::Test(SearchTest::Term("小伟".to_owned()));
    label("find users.list searched");
    for test in &tests {
        let test = || UserSearch::Test(test.clone());
        for search in [
            test(),
            UserSearch::All(vec![test(), term()]),
            UserSearch::Any(vec![test(), term()]),
            UserSearch::All(vec![UserSearch::Not(Box::new(test())), term()]),
        ] {
            tx.users().list(tenant, &searched(search), &counted()).await?;
        }
    }
    label("list users.list searched");
    for field in [IdentityField::Provider, IdentityField::ProviderUserId, IdentityField::Connection]
    {
        let test = UserSearch::Test(SearchTest::Identity { field, value: a() });
        tx.users().list(tenant, &searched(test.clone()), &counted()).await?;
        let both = searched(UserSearch::All(vec![test, term()]));
        tx.users().list(tenant, &both, &counted()).await?;
    }
    let blocked = UserSearch::Test(SearchTest::Blocked { at: at(0), is: true });
    tx.users().list(tenant, &searched(blocked), &counted()).await?;
    let without = UserSearch::Not(Box::new(UserSearch::Test(metadata(Some("gold")))));
    tx.users().list(tenant, &searched(without), &counted()).await?;
    label("find users.save with other tokens");
    let mut user = world.full_user(8_090);
    tx.users().insert(&user).await?;
    user.profile.nickname = Some(text("other"));
    tx.users().save(&user).await?;
    label("all users.index_next");
    tx.users().index_next(10).await?;
    Ok(())
}

async fn tenants(tx: &mut dyn Tx, world: &World) -> Done {
    use TenantField::{
        CreatedAt, DisplayName, Kind, LastLockedAt, LockedAt, LockedFrom, LockedUntil, Number,
        RealNameStatus, Status,
    };
    label("find tenants by number");
    let name = TenantName::parse("acme").expect("a name");
    let tenant = tx.tenants().find_by_name(&name).await?.expect("a tenant");
    tx.tenants().find_by_number(tenant.number).await?;
    tx.tenants().user_counts(&[world.tenant, world.other_tenant]).await?;
    label("all tenants.find_all");
    for (_, listing) in listings(&[
        (NumberedSort::CreatedAt, CursorKey::Time(at(0))),
        (NumberedSort::Number, CursorKey::Number(1)),
        (NumberedSort::Name, CursorKey::Text("a".to_owned())),
    ]) {
        tx.tenants().find_all(&Conditions::default(), &listing).await?;
    }
    let fields = [
        CreatedAt,
        DisplayName,
        Kind,
        LastLockedAt,
        LockedAt,
        LockedFrom,
        LockedUntil,
        Number,
        RealNameStatus,
        Status,
    ];
    for field in fields {
        let all = vec![Condition::equal(field, value(field.kind()))];
        let conditions = Conditions { all, search: None };
        tx.tenants().find_all(&conditions, &counted()).await?;
    }
    Ok(())
}

async fn api_tokens(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let user = world.user(8_003);
    label("");
    tx.users().insert(&user).await?;
    let token = ApiToken {
        id: ApiTokenId::generate(moment()),
        number: Number::new(8_004).expect("a number"),
        tenant,
        owner: ApiTokenOwner::User(user.id),
        name: text("token"),
        hash: hash(1),
        sealed: vec![1],
        access: object(serde_json::json!({})),
        expires_at: None,
        created_by: Some(user.id),
        created_at: at(0),
    };
    label("find api_tokens");
    tx.api_tokens().insert(&token).await?;
    tx.api_tokens().find_by_hash(&token.hash).await?;
    tx.api_tokens().find_by_number(tenant, token.number).await?;
    tx.api_tokens().delete(tenant, &[token.id, token.id]).await?;
    tx.api_tokens().delete_of_user(tenant, user.id).await?;
    label("walk api_tokens.list");
    tx.api_tokens().list(tenant, token.owner).await?;
    tx.api_tokens().list(tenant, ApiTokenOwner::System).await?;
    Ok(())
}

async fn operators(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let user = world.user(8_005);
    label("");
    tx.users().insert(&user).await?;
    label("find operators");
    tx.operators().set_operator(tenant, user.id, true, at(0)).await?;
    tx.operators().is_operator(tenant, user.id).await?;
    tx.operators().set_operator(tenant, user.id, false, at(0)).await?;
    label("all operators.operators");
    tx.operators().operators().await?;
    Ok(())
}
