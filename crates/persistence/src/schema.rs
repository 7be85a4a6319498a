//! The tables, as the migrations make them; one description for both databases.
//!
//! Column types are those of `types.rs` and diesel's own. What a column means stands in the
//! migrations and in `rows/`.

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::types::sql::{Id, Js, Ts};

    tenants (id) {
        id -> Id,
        number -> BigInt,
        name -> Text,
        status -> Text,
        settings -> Js,
        version -> BigInt,
        created_at -> Ts,
        updated_at -> Ts,
        kind -> Text,
        locked_from -> Nullable<Ts>,
        locked_until -> Nullable<Ts>,
        last_locked_at -> Nullable<Ts>,
        real_name_status -> Nullable<Text>,
        display_name_key -> Text,
        created_by -> Nullable<Id>,
        updated_by -> Nullable<Id>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Text};
    use crate::types::sql::{Id, Js, Ts};

    clients (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        identifier -> Text,
        name -> Text,
        kind -> Text,
        authentication_method -> Text,
        secret_hash -> Binary,
        sealed_secret -> Binary,
        is_first_party -> Bool,
        settings -> Js,
        version -> BigInt,
        created_at -> Ts,
        updated_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text};
    use crate::types::sql::{Id, Ts};

    resource_servers (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        identifier -> Text,
        name -> Text,
        signing_algorithm -> Text,
        signing_secret -> Nullable<Binary>,
        allow_offline_access -> Bool,
        skip_consent_for_verifiable_first_party_clients -> Bool,
        token_lifetime -> BigInt,
        token_lifetime_for_web -> Nullable<BigInt>,
        enforce_policies -> Bool,
        token_dialect -> Text,
        is_system -> Bool,
        version -> BigInt,
        created_at -> Ts,
        updated_at -> Ts,
        token_format -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::types::sql::Id;

    permissions (tenant_id, resource_server_id, name) {
        tenant_id -> Id,
        resource_server_id -> Id,
        name -> Text,
        description -> Nullable<Text>,
        position -> BigInt,
    }
}

diesel::table! {
    use crate::types::sql::{Id, Js, Ts};

    client_grants (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        client_id -> Id,
        resource_server_id -> Id,
        scopes -> Js,
        created_at -> Ts,
        updated_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use crate::types::sql::{Id, Js, Ts};

    connections (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        name -> Text,
        strategy -> Text,
        display_name -> Nullable<Text>,
        options -> Js,
        metadata -> Js,
        is_domain_connection -> Bool,
        realms -> Js,
        version -> BigInt,
        created_at -> Ts,
        updated_at -> Ts,
    }
}

diesel::table! {
    use crate::types::sql::Id;

    connection_clients (tenant_id, connection_id, client_id) {
        tenant_id -> Id,
        connection_id -> Id,
        client_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::sql::{Id, Js, Ts};

    users (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        number -> BigInt,
        subject -> Text,
        connection_id -> Id,
        status -> Text,
        username -> Nullable<Text>,
        username_key -> Nullable<Text>,
        email -> Nullable<Text>,
        email_key -> Text,
        email_verified -> Bool,
        phone -> Nullable<Text>,
        phone_country_code -> Nullable<Integer>,
        phone_verified -> Bool,
        external_id -> Nullable<Text>,
        name_key -> Text,
        nickname_key -> Text,
        profile -> Js,
        user_metadata -> Js,
        app_metadata -> Js,
        signed_up_at -> Ts,
        signed_up_ip -> Nullable<Text>,
        last_login_at -> Nullable<Ts>,
        last_login_key -> Ts,
        last_ip -> Nullable<Text>,
        logins_count -> BigInt,
        version -> BigInt,
        created_at -> Ts,
        updated_at -> Ts,
        created_by -> Nullable<Id>,
        updated_by -> Nullable<Id>,
        keys -> Js,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer};
    use crate::types::sql::Id;

    user_counters (tenant_id, slot) {
        tenant_id -> Id,
        slot -> Integer,
        count -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text};
    use crate::types::sql::{Id, Js, Ts};

    identities (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        user_id -> Id,
        position -> BigInt,
        connection_id -> Id,
        provider -> Text,
        provider_user_id -> Text,
        is_social -> Bool,
        access_token -> Nullable<Binary>,
        refresh_token -> Nullable<Binary>,
        expires_in -> Nullable<BigInt>,
        profile_data -> Js,
        created_at -> Ts,
        updated_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::sql::{Id, Ts};

    user_locks (tenant_id, user_id, reason) {
        tenant_id -> Id,
        user_id -> Id,
        reason -> Text,
        locked_from -> Ts,
        locked_until -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Nullable, Text};
    use crate::types::sql::{Id, Ts};

    passwords (tenant_id, user_id) {
        tenant_id -> Id,
        user_id -> Id,
        hash -> Text,
        must_change -> Bool,
        changed_at -> Ts,
        expires_at -> Nullable<Ts>,
        strength -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use crate::types::sql::{Id, Ts};

    roles (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        name -> Text,
        name_key -> Text,
        description -> Nullable<Text>,
        is_administrator -> Bool,
        version -> BigInt,
        created_at -> Ts,
        updated_at -> Ts,
    }
}

diesel::table! {
    use crate::types::sql::{Id, Ts};

    user_roles (tenant_id, user_id, role_id) {
        tenant_id -> Id,
        user_id -> Id,
        role_id -> Id,
        assigned_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::types::sql::Id;

    user_permissions (tenant_id, user_id, resource_server_id, permission) {
        tenant_id -> Id,
        user_id -> Id,
        resource_server_id -> Id,
        permission -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::types::sql::Id;

    role_permissions (tenant_id, role_id, resource_server_id, permission) {
        tenant_id -> Id,
        role_id -> Id,
        resource_server_id -> Id,
        permission -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Text};
    use crate::types::sql::{Id, Js, Ts};

    signing_keys (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        algorithm -> Text,
        state -> Text,
        sealed_private_key -> Binary,
        public_jwk -> Js,
        created_at -> Ts,
        updated_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::sql::{Id, Js, Ts};

    events (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        occurred_at -> Ts,
        kind -> Text,
        actor_kind -> Text,
        actor_id -> Nullable<Id>,
        target_kind -> Text,
        target_id -> Text,
        ip -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        request_id -> Nullable<Text>,
        details -> Js,
    }
}

diesel::table! {
    use crate::types::sql::Id;

    event_users (tenant_id, user_id, event_id) {
        tenant_id -> Id,
        user_id -> Id,
        event_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::types::sql::Id;

    foreign_ids (tenant_id, source, kind, foreign_id) {
        tenant_id -> Id,
        source -> Text,
        kind -> Text,
        foreign_id -> Text,
        entity_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::types::sql::{Id, Js, Ts};

    sessions (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        user_id -> Id,
        secret_hash -> Binary,
        factors -> Js,
        authenticated_at -> Ts,
        last_used_at -> Ts,
        idle_until -> Ts,
        expires_at -> Ts,
        ends_at -> Ts,
        ip -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        created_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Bool, Nullable};
    use crate::types::sql::{Id, Ts};

    token_families (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        client_id -> Id,
        user_id -> Id,
        session_id -> Nullable<Id>,
        authorized -> Binary,
        is_offline -> Bool,
        created_at -> Ts,
        expires_at -> Ts,
        revoked_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::types::sql::{Id, Js, Ts};

    tokens (hash) {
        hash -> Binary,
        kind -> Text,
        tenant_id -> Id,
        client_id -> Id,
        user_id -> Nullable<Id>,
        family_id -> Nullable<Id>,
        scopes -> Js,
        audiences -> Js,
        dpop_thumbprint -> Nullable<Text>,
        issued_at -> Ts,
        expires_at -> Ts,
        rotated_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::types::sql::{Id, Ts};

    tickets (kind, hash) {
        kind -> Text,
        hash -> Binary,
        second_hash -> Nullable<Binary>,
        tenant_id -> Id,
        user_id -> Nullable<Id>,
        client_id -> Nullable<Id>,
        family_id -> Nullable<Id>,
        details -> Binary,
        created_at -> Ts,
        expires_at -> Ts,
        used_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::types::sql::{Id, Js, Ts};

    consents (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        user_id -> Id,
        client_id -> Id,
        audience -> Text,
        scopes -> Js,
        created_at -> Ts,
        updated_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, Nullable};
    use crate::types::sql::{Id, Ts};

    attempts (tenant_id, key_hash) {
        tenant_id -> Id,
        key_hash -> Binary,
        count -> Integer,
        last_at -> Ts,
        blocked_until -> Nullable<Ts>,
        expires_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, Text};
    use crate::types::sql::{Id, Ts};

    outbox (id) {
        id -> Id,
        tenant_id -> Id,
        channel -> Text,
        content -> Binary,
        failures -> Integer,
        due_at -> Ts,
        expires_at -> Ts,
        created_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use crate::types::sql::{Id, Ts};

    password_history (tenant_id, user_id, position) {
        tenant_id -> Id,
        user_id -> Id,
        position -> BigInt,
        hash -> Text,
        changed_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::types::sql::Id;

    client_origins (tenant_id, origin, client_id) {
        tenant_id -> Id,
        origin -> Text,
        client_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use crate::types::sql::{Id, Js, Ts};

    api_tokens (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        number -> BigInt,
        user_id -> Nullable<Id>,
        owner_id -> Id,
        name -> Text,
        hash -> Binary,
        sealed -> Binary,
        access -> Js,
        expires_at -> Nullable<Ts>,
        created_by -> Nullable<Id>,
        created_at -> Ts,
    }
}

diesel::table! {
    use crate::types::sql::{Id, Ts};

    operators (tenant_id, user_id) {
        tenant_id -> Id,
        user_id -> Id,
        created_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer, Nullable, Text};
    use crate::types::sql::{Id, Ts};

    departments (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        number -> BigInt,
        parent_id -> Nullable<Id>,
        path -> Text,
        level -> Integer,
        code -> Text,
        name -> Text,
        name_key -> Text,
        member_count -> BigInt,
        version -> BigInt,
        created_by -> Nullable<Id>,
        updated_by -> Nullable<Id>,
        created_at -> Ts,
        updated_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Nullable};
    use crate::types::sql::{Id, Ts};

    department_members (tenant_id, department_id, user_id) {
        tenant_id -> Id,
        department_id -> Id,
        user_id -> Id,
        number -> BigInt,
        is_main -> Bool,
        is_head -> Bool,
        created_by -> Nullable<Id>,
        created_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use crate::types::sql::{Id, Ts};

    groups (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        number -> BigInt,
        code -> Text,
        name -> Text,
        name_key -> Text,
        description -> Nullable<Text>,
        description_key -> Nullable<Text>,
        enabled -> Bool,
        source -> Nullable<Text>,
        member_count -> BigInt,
        version -> BigInt,
        created_by -> Nullable<Id>,
        updated_by -> Nullable<Id>,
        created_at -> Ts,
        updated_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::types::sql::Id;

    group_wildcards (tenant_id, group_id, name) {
        tenant_id -> Id,
        group_id -> Id,
        name -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use crate::types::sql::Id;

    group_permissions (tenant_id, group_id, object_type, object_id, permission) {
        tenant_id -> Id,
        group_id -> Id,
        object_type -> Text,
        object_id -> BigInt,
        permission -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable};
    use crate::types::sql::{Id, Ts};

    group_members (tenant_id, group_id, user_id) {
        tenant_id -> Id,
        group_id -> Id,
        user_id -> Id,
        number -> BigInt,
        created_by -> Nullable<Id>,
        created_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::types::sql::{Id, Ts};

    tags (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        number -> BigInt,
        name -> Text,
        name_key -> Text,
        version -> BigInt,
        created_by -> Nullable<Id>,
        updated_by -> Nullable<Id>,
        created_at -> Ts,
        updated_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::types::sql::{Id, Ts};

    tag_links (tenant_id, tag_id, target_kind, target_id) {
        tenant_id -> Id,
        tag_id -> Id,
        target_kind -> Text,
        target_id -> Id,
        user_id -> Nullable<Id>,
        department_id -> Nullable<Id>,
        group_id -> Nullable<Id>,
        number -> BigInt,
        tag_number -> BigInt,
        target_number -> BigInt,
        created_by -> Nullable<Id>,
        created_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use crate::types::sql::{Id, Js, Ts};

    jobs (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        kind -> Text,
        state -> Text,
        source -> Nullable<Binary>,
        connection_id -> Nullable<Id>,
        options -> Js,
        actor_kind -> Text,
        actor_id -> Nullable<Id>,
        input_bytes -> Nullable<BigInt>,
        bytes_done -> BigInt,
        lines_done -> BigInt,
        inserted -> BigInt,
        updated -> BigInt,
        unchanged -> BigInt,
        failed -> BigInt,
        problem -> Nullable<Text>,
        due_at -> Nullable<Ts>,
        finished_at -> Nullable<Ts>,
        expires_at -> Ts,
        version -> BigInt,
        created_at -> Ts,
        updated_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary};
    use crate::types::sql::Id;

    job_errors (tenant_id, job_id, line) {
        tenant_id -> Id,
        job_id -> Id,
        line -> BigInt,
        content -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary};
    use crate::types::sql::Id;

    job_parts (tenant_id, job_id, part) {
        tenant_id -> Id,
        job_id -> Id,
        part -> BigInt,
        content -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer};
    use crate::types::sql::Id;

    user_search_state (id) {
        id -> Integer,
        version -> BigInt,
        is_complete -> Bool,
        tenant_id -> Id,
        user_id -> Id,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    tenants,
    clients,
    resource_servers,
    permissions,
    client_grants,
    connections,
    connection_clients,
    users,
    user_counters,
    identities,
    user_locks,
    passwords,
    roles,
    user_roles,
    user_permissions,
    role_permissions,
    signing_keys,
    events,
    event_users,
    foreign_ids,
    sessions,
    token_families,
    tokens,
    tickets,
    consents,
    attempts,
    outbox,
    password_history,
    client_origins,
    departments,
    department_members,
    groups,
    group_wildcards,
    group_permissions,
    group_members,
    tags,
    tag_links,
    api_tokens,
    operators,
    jobs,
    job_errors,
    job_parts,
);
