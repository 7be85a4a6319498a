//! The door's description as `OpenAPI`, made from the table of routes and the wire types.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, ComponentsBuilder, Content, ContentBuilder, Info, OpenApi, OpenApiBuilder,
        Paths, Ref, RefOr, Required, Server,
        path::{HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        request_body::RequestBodyBuilder,
        response::ResponseBuilder,
        schema::{Array, Object, ObjectBuilder, Schema, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::{
    Prefix, TABLE,
    routes::Route,
    wire::{
        branding::{Branding, UpdateBranding},
        client_grants::{ClientGrant, CreateClientGrant, UpdateClientGrant},
        clients::{Client, ClientBody},
        connections::{Connection, CreateConnection, UpdateConnection},
        error::ErrorBody,
        jobs::{ExportUsers, IdentityOfUser, ImportUsers, Job, JobError, VerificationEmail},
        logs::{CursorResult, LogEvent},
        permissions::{Permission, PermissionOfUser, PermissionsBody},
        resource_servers::{CreateResourceServer, ResourceServer, UpdateResourceServer},
        roles::{CreateRole, Role, RolesBody, UpdateRole, UsersBody},
        tenants::{Tenant, UpdateTenant},
        user_bodies::{CreateUser, CreateUserByIdentity, LinkUser, UpdateUser, UserIdsBody},
        users::{Identity, User},
    },
};

const JSON: &str = "application/json";

/// What a route answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Nothing,
    Text,
    One(&'static str),
    Many(&'static str),
    Page(&'static str),
}

/// The description of both prefixes.
pub fn description() -> OpenApi {
    let mut paths = Paths::new();
    for route in TABLE {
        let method = match route.method {
            "POST" => HttpMethod::Post,
            "PATCH" => HttpMethod::Patch,
            "DELETE" => HttpMethod::Delete,
            _ => HttpMethod::Get,
        };
        paths.add_path_operation(route.path, vec![method], operation(route));
    }
    let servers = Prefix::ALL.map(|prefix| Server::new(prefix.path()));
    OpenApiBuilder::new()
        .info(Info::new("Citizenry: Authok Management API", env!("CARGO_PKG_VERSION")))
        .servers(Some(servers))
        .paths(paths)
        .components(Some(components()))
        .build()
}

fn components() -> Components {
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let mut schemas = Vec::new();
    add::<User>(&mut schemas);
    add::<Identity>(&mut schemas);
    add::<Role>(&mut schemas);
    add::<Permission>(&mut schemas);
    add::<PermissionOfUser>(&mut schemas);
    add::<Client>(&mut schemas);
    add::<Connection>(&mut schemas);
    add::<ResourceServer>(&mut schemas);
    add::<ClientGrant>(&mut schemas);
    add::<Tenant>(&mut schemas);
    add::<Branding>(&mut schemas);
    add::<Job>(&mut schemas);
    add::<JobError>(&mut schemas);
    add::<ImportUsers>(&mut schemas);
    add::<ExportUsers>(&mut schemas);
    add::<VerificationEmail>(&mut schemas);
    add::<IdentityOfUser>(&mut schemas);
    add::<LogEvent>(&mut schemas);
    add::<CursorResult>(&mut schemas);
    add::<ErrorBody<'_>>(&mut schemas);
    add::<CreateUser>(&mut schemas);
    add::<UpdateUser>(&mut schemas);
    add::<CreateUserByIdentity>(&mut schemas);
    add::<LinkUser>(&mut schemas);
    add::<UserIdsBody>(&mut schemas);
    add::<UsersBody>(&mut schemas);
    add::<RolesBody>(&mut schemas);
    add::<PermissionsBody>(&mut schemas);
    add::<CreateRole>(&mut schemas);
    add::<UpdateRole>(&mut schemas);
    add::<ClientBody>(&mut schemas);
    add::<CreateConnection>(&mut schemas);
    add::<UpdateConnection>(&mut schemas);
    add::<CreateResourceServer>(&mut schemas);
    add::<UpdateResourceServer>(&mut schemas);
    add::<CreateClientGrant>(&mut schemas);
    add::<UpdateClientGrant>(&mut schemas);
    add::<UpdateTenant>(&mut schemas);
    add::<UpdateBranding>(&mut schemas);
    ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .security_scheme("bearer", SecurityScheme::Http(bearer))
        .build()
}

/// A named schema.
type Named = (String, RefOr<Schema>);

/// Adds the schema of `T` and those that it refers to.
fn add<T: ToSchema>(schemas: &mut Vec<Named>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

fn operation(route: &Route) -> OperationBuilder {
    let answer = ResponseBuilder::new().description("Done");
    let answer = match content(answer_of(route)) {
        Some((media, content)) => answer.content(media, content),
        None => answer,
    };
    let refusal = ResponseBuilder::new()
        .description("Refused")
        .content(JSON, Content::new(Some(Ref::from_schema_name("ErrorBody"))));
    let operation = OperationBuilder::new()
        .operation_id(Some(route.name))
        .tag(route.resource)
        .parameters(Some(path_parameters(route)))
        .security(SecurityRequirement::new("bearer", route.scopes.iter().copied()))
        .response("2XX", answer)
        .response("4XX", refusal);
    match body_of(route) {
        Some(schema) => {
            let body = RequestBodyBuilder::new()
                .content(JSON, Content::new(Some(Ref::from_schema_name(schema))))
                .required(Some(Required::True));
            operation.request_body(Some(body.build()))
        }
        None => operation,
    }
}

fn content(shape: Shape) -> Option<(&'static str, Content)> {
    let schema = Ref::from_schema_name;
    let content = match shape {
        Shape::Nothing => return None,
        Shape::Text => {
            let text = ObjectBuilder::new().schema_type(Type::String).build();
            return Some(("text/plain", ContentBuilder::new().schema(Some(text)).build()));
        }
        Shape::One(name) => Content::new(Some(schema(name))),
        Shape::Many(name) => Content::new(Some(Array::new(schema(name)))),
        Shape::Page(name) => {
            let page = ObjectBuilder::new()
                .property("items", Array::new(schema(name)))
                .property("meta", Object::new())
                .required("items");
            Content::new(Some(page.build()))
        }
    };
    Some((JSON, content))
}

fn path_parameters(route: &Route) -> Vec<Parameter> {
    let names = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name: &str| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(String::schema()))
            .build()
    };
    names.map(parameter).collect()
}

/// The schema of what a route reads.
fn body_of(route: &Route) -> Option<&'static str> {
    Some(match route.name {
        "create_connection" => "CreateConnection",
        "update_connection" => "UpdateConnection",
        "create_client" | "update_client" => "ClientBody",
        "create_resource_server" => "CreateResourceServer",
        "update_resource_server" => "UpdateResourceServer",
        "create_user" => "CreateUser",
        "update_user" => "UpdateUser",
        "batch_delete_users" => "UserIdsBody",
        "create_user_by_identity" => "CreateUserByIdentity",
        "add_user_permissions"
        | "remove_user_permissions"
        | "add_role_permissions"
        | "remove_role_permissions" => "PermissionsBody",
        "add_user_roles" | "remove_user_roles" => "RolesBody",
        "link_user" => "LinkUser",
        "create_role" => "CreateRole",
        "update_role" => "UpdateRole",
        "assign_role_users" | "remove_role_users" => "UsersBody",
        "update_tenant_settings" => "UpdateTenant",
        "update_branding" => "UpdateBranding",
        "create_client_grant" => "CreateClientGrant",
        "update_client_grant" => "UpdateClientGrant",
        "import_users" => "ImportUsers",
        "export_users" => "ExportUsers",
        "send_verification_email" => "VerificationEmail",
        _ => return None,
    })
}

/// What a route answers.
fn answer_of(route: &Route) -> Shape {
    let own = match route.resource {
        "Log" => "LogEvent",
        own => own,
    };
    match route.name {
        "get_connection_status" | "get_job_file" => Shape::Text,
        "get_job_errors" => Shape::Many("JobError"),
        "link_user" | "unlink_user" => Shape::Many("Identity"),
        "users_by_email" => Shape::Many("User"),
        "list_user_roles" => Shape::Page("Role"),
        "list_user_permissions" => Shape::Page("PermissionOfUser"),
        "list_role_permissions" => Shape::Page("Permission"),
        "list_role_users" => Shape::Page("User"),
        "list_user_logs" => Shape::Page("LogEvent"),
        // None of these can be there yet.
        "list_user_organizations" | "list_user_grants" => Shape::Nothing,
        name if name.starts_with("list_") => Shape::Page(own),
        name if name.starts_with("add_") || name.starts_with("assign_") => Shape::Nothing,
        _ if route.method == "DELETE" => Shape::Nothing,
        _ => Shape::One(own),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_described_with_schemas_that_there_are() {
        let text = description().to_pretty_json().unwrap();
        for route in TABLE {
            assert!(
                text.contains(&format!("\"operationId\": \"{}\"", route.name)),
                "{}",
                route.name
            );
            let reads =
                matches!(route.method, "POST" | "PATCH") && route.name != "rotate_client_secret";
            assert!(!reads || body_of(route).is_some(), "{}", route.name);
        }
        let described: serde_json::Value = serde_json::from_str(&text).unwrap();
        for line in text.lines().filter(|line| line.contains("\"$ref\"")) {
            let name = line.rsplit('/').next().unwrap().trim_end_matches(['"', ',']);
            assert!(described["components"]["schemas"].get(name).is_some(), "{name}");
        }
    }
}
