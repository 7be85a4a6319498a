//! The table of routes: one line a route.

use actix_web::http::Method;
use citizenry_http_kit::{Access, Routes};

use crate::handlers::{
    applications, current_user, departments, groups, oauth2, passwords, principal, sign,
    system_tokens, tags, tenants, user_tokens, users,
};

/// One route, for documentation, tests and the coverage table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The resource, as the vendor's contents name it.
    pub resource: &'static str,
    /// The operation's name.
    pub name: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path below the door's own.
    pub path: &'static str,
    /// Whether anybody may ask.
    pub is_public: bool,
}

macro_rules! routes {
    ($($resource:literal $name:ident $method:ident $path:literal $access:ident $handler:path;)*) => {
        /// Every route of the door.
        pub const TABLE: &[Route] = &[$(Route {
            resource: $resource,
            name: stringify!($name),
            method: stringify!($method),
            path: $path,
            is_public: matches!(Access::$access, Access::Public),
        }),*];

        pub(crate) fn routes() -> Routes {
            Routes::new()$(.route(Method::$method, $path, Access::$access, $handler))*
        }
    };
}

// Where two patterns fit one path, the one that stands first is taken: fixed words before `{id}`.
routes! {
    "user" listUsers GET "/api/v1/user" Authenticated users::list;
    "user" replaceUser PUT "/api/v1/user" Authenticated users::replace;
    "user" addUser POST "/api/v1/user" Authenticated users::add;
    "user" deleteUsers DELETE "/api/v1/user" Authenticated users::delete;
    "user" updateUser PATCH "/api/v1/user" Authenticated users::update;
    "user" listSysAdmins GET "/api/v1/user/sysadmin" Authenticated users::administrators;
    "user" setSysAdmin PATCH "/api/v1/user/sysadmin" Authenticated users::set_administrator;
    "user" lockUser PATCH "/api/v1/user/locked" Authenticated users::lock;
    "user" enableUsers PATCH "/api/v1/user/enabled" Authenticated users::enable;
    "user" checkUsername GET "/api/v1/user/username/check" Authenticated users::check_username;
    "user" searchUsers GET "/api/v1/user/search" Authenticated users::search;
    "current-user" getCurrentUser GET "/api/v1/user/current" Authenticated current_user::get;
    "current-user" updateCurrentUser PATCH "/api/v1/user/current" Authenticated current_user::update;
    "current-user" getCurrentTenant GET "/api/v1/user/current/tenant" Authenticated current_user::tenant;
    "current-user" sendCurrentSms POST "/api/v1/user/current/sms/send" Authenticated current_user::send_sms;
    "current-user" checkCurrentSms GET "/api/v1/user/current/sms/check" Authenticated current_user::check_sms;
    "current-user" updateCurrentMobile PATCH "/api/v1/user/current/mobile" Authenticated current_user::update_mobile;
    "current-user" sendCurrentEmail POST "/api/v1/user/current/email/send" Authenticated current_user::send_email;
    "current-user" checkCurrentEmail GET "/api/v1/user/current/email/check" Authenticated current_user::check_email;
    "current-user" updateCurrentEmail PATCH "/api/v1/user/current/email" Authenticated current_user::update_email;
    "user" getUser GET "/api/v1/user/{id}" Authenticated users::get;
    "auth" getPrincipal GET "/api/v1/auth/user" Authenticated principal::get;
    "auth" revokeToken DELETE "/api/v1/auth/token" Authenticated principal::revoke;
    "sign" signIn POST "/pubapi/v1/auth/user/signin" Public sign::sign_in;
    "sign" signInGet GET "/pubapi/v1/auth/user/signin" Public sign::sign_in_by_address;
    "sign" renew POST "/pubapi/v1/auth/user/renew" Public sign::renew;
    "sign" signOut POST "/pubapi/v1/auth/user/signout" Public sign::sign_out;
    "sign" signUp POST "/pubapi/v1/auth/user/signup" Public sign::sign_up;
    "sign" listSignInAccounts GET "/pubapi/v1/auth/user/signin/account" Public sign::accounts;
    "sign" forgetPassword PATCH "/pubapi/v1/auth/user/password/forget" Public sign::forget_password;
    "sign" sendSmsCode POST "/pubapi/v1/auth/user/signsms/send" Public sign::send_sms;
    "sign" checkSmsCode GET "/pubapi/v1/auth/user/signsms/check" Public sign::check_sms;
    "sign" sendEmailCode POST "/pubapi/v1/auth/user/signemail/send" Public sign::send_email;
    "sign" checkEmailCode GET "/pubapi/v1/auth/user/signemail/check" Public sign::check_email;
    "client-sign" clientSignIn POST "/pubapi/v1/auth/client/signin" Public sign::client_sign_in;
    "oauth2" token POST "/oauth2/token" Public oauth2::token;
    "oauth2" introspect POST "/oauth2/introspect" Public oauth2::introspect;
    "auth-user" setUserPassword PATCH "/api/v1/auth/user/password" Authenticated passwords::set;
    "auth-user" checkUserPassword GET "/api/v1/auth/user/password/check" Authenticated passwords::check;
    "auth-user" setOwnPassword PATCH "/api/v1/auth/user/password/current" Authenticated passwords::set_own;
    "auth-user" checkOwnPassword GET "/api/v1/auth/user/password/check/current" Authenticated passwords::check_own;
    "auth-user" initOwnPassword PATCH "/api/v1/auth/user/password/init/current" Authenticated passwords::init_own;
    "auth-user" deleteAuthUsers DELETE "/api/v1/auth/user" Authenticated passwords::delete_login;
    "auth-user" setTenantRealName PATCH "/api/v1/auth/user/realname" Authenticated passwords::set_real_name;
    "user-token" addUserToken POST "/api/v1/auth/user/token" Authenticated user_tokens::add;
    "user-token" deleteUserTokens DELETE "/api/v1/auth/user/token" Authenticated user_tokens::delete;
    "user-token" listUserTokens GET "/api/v1/auth/user/token" Authenticated user_tokens::list;
    "user-token" getUserTokenValue GET "/api/v1/auth/user/token/{id}/value" Authenticated user_tokens::value;
    "auth-user" listUserApps GET "/api/v1/auth/user/{userId}/app" Authenticated applications::list;
    "auth-user" listUserAppFuncs GET "/api/v1/auth/user/{userId}/app/{appIdOrCode}/func" Authenticated applications::functions;
    "auth-user" treeUserAppFuncs GET "/api/v1/auth/user/{userId}/app/{appIdOrCode}/func/tree" Authenticated applications::functions;
    "system-token" addSystemToken POST "/api/v1/system/token" Authenticated system_tokens::add;
    "system-token" deleteSystemTokens DELETE "/api/v1/system/token" Authenticated system_tokens::delete;
    "system-token" listSystemTokens GET "/api/v1/system/token" Authenticated system_tokens::list;
    "system-token" getSystemTokenAuth GET "/api/v1/system/token/{id}/auth" Authenticated system_tokens::access;
    "system-token" getSystemTokenValue GET "/api/v1/system/token/{id}/value" Authenticated system_tokens::value;
    "user-dept" addUserDepts POST "/api/v1/user/{id}/dept" Authenticated departments::add_of_user;
    "user-dept" replaceUserDepts PUT "/api/v1/user/{id}/dept" Authenticated departments::replace_of_user;
    "user-dept" deleteUserDepts DELETE "/api/v1/user/{id}/dept" Authenticated departments::delete_of_user;
    "user-dept" listUserDepts GET "/api/v1/user/{id}/dept" Authenticated departments::list_of_user;
    "user-group" addUserGroups POST "/api/v1/user/{id}/group" Authenticated groups::add_of_user;
    "user-group" replaceUserGroups PUT "/api/v1/user/{id}/group" Authenticated groups::replace_of_user;
    "user-group" deleteUserGroups DELETE "/api/v1/user/{id}/group" Authenticated groups::delete_of_user;
    "user-group" listUserGroups GET "/api/v1/user/{id}/group" Authenticated groups::list_of_user;
    "user-tag" addUserTags POST "/api/v1/user/{id}/tag" Authenticated tags::add_to_user;
    "user-tag" replaceUserTags PUT "/api/v1/user/{id}/tag" Authenticated tags::replace_on_user;
    "user-tag" deleteUserTags DELETE "/api/v1/user/{id}/tag" Authenticated tags::delete_from_user;
    "user-tag" listUserTags GET "/api/v1/user/{id}/tag" Authenticated tags::list_on_user;
    "dept" addDepts POST "/api/v1/dept" Authenticated departments::add;
    "dept" updateDepts PATCH "/api/v1/dept" Authenticated departments::update;
    "dept" replaceDepts PUT "/api/v1/dept" Authenticated departments::replace;
    "dept" deleteDepts DELETE "/api/v1/dept" Authenticated departments::delete;
    "dept" listDepts GET "/api/v1/dept" Authenticated departments::list;
    "dept" searchDepts GET "/api/v1/dept/search" Authenticated departments::search;
    "dept" deptNavigation GET "/api/v1/dept/{id}/navigation" Authenticated departments::show_navigation;
    "dept" countSubDepts GET "/api/v1/dept/{id}/count" Authenticated departments::count;
    "dept" getDept GET "/api/v1/dept/{id}" Authenticated departments::get;
    "dept-tag" addDeptTags POST "/api/v1/dept/{id}/tag" Authenticated tags::add_to_dept;
    "dept-tag" replaceDeptTags PUT "/api/v1/dept/{id}/tag" Authenticated tags::replace_on_dept;
    "dept-tag" deleteDeptTags DELETE "/api/v1/dept/{id}/tag" Authenticated tags::delete_from_dept;
    "dept-tag" listDeptTags GET "/api/v1/dept/{id}/tag" Authenticated tags::list_on_dept;
    "dept-user" addDeptUsers POST "/api/v1/dept/{id}/user" Authenticated departments::add_users;
    "dept-user" deleteDeptUsers DELETE "/api/v1/dept/{id}/user" Authenticated departments::delete_users;
    "dept-user" setDeptHead PUT "/api/v1/dept/{id}/user/head" Authenticated departments::set_head;
    "dept-user" listDeptUsers GET "/api/v1/dept/{id}/user" Authenticated departments::list_users;
    "group" addGroups POST "/api/v1/group" Authenticated groups::add;
    "group" updateGroups PATCH "/api/v1/group" Authenticated groups::update;
    "group" replaceGroups PUT "/api/v1/group" Authenticated groups::replace;
    "group" deleteGroups DELETE "/api/v1/group" Authenticated groups::delete;
    "group" listGroups GET "/api/v1/group" Authenticated groups::list;
    "group" enableGroups PATCH "/api/v1/group/enabled" Authenticated groups::enable;
    "group" searchGroups GET "/api/v1/group/search" Authenticated groups::search;
    "group" getGroup GET "/api/v1/group/{id}" Authenticated groups::get;
    "group-tag" addGroupTags POST "/api/v1/group/{id}/tag" Authenticated tags::add_to_group;
    "group-tag" replaceGroupTags PUT "/api/v1/group/{id}/tag" Authenticated tags::replace_on_group;
    "group-tag" deleteGroupTags DELETE "/api/v1/group/{id}/tag" Authenticated tags::delete_from_group;
    "group-tag" listGroupTags GET "/api/v1/group/{id}/tag" Authenticated tags::list_on_group;
    "group-user" addGroupUsers POST "/api/v1/group/{id}/user" Authenticated groups::add_users;
    "group-user" deleteGroupUsers DELETE "/api/v1/group/{id}/user" Authenticated groups::delete_users;
    "group-user" listGroupUsers GET "/api/v1/group/{id}/user" Authenticated groups::list_users;
    "org-tag" addTags POST "/api/v1/org/tag" Authenticated tags::add;
    "org-tag" updateTags PATCH "/api/v1/org/tag" Authenticated tags::update;
    "org-tag" deleteTags DELETE "/api/v1/org/tag" Authenticated tags::delete;
    "org-tag" listTags GET "/api/v1/org/tag" Authenticated tags::list;
    "org-tag" searchTags GET "/api/v1/org/tag/search" Authenticated tags::search;
    "org-tag-target" listTagTargets GET "/api/v1/org/tag/target" Authenticated tags::list_targets;
    "org-tag-target" addTagTargets POST "/api/v1/org/tag/{id}/target" Authenticated tags::add_targets;
    "org-tag-target" deleteTagTargets DELETE "/api/v1/org/tag/{id}/target" Authenticated tags::delete_targets;
    "org-tag" getTag GET "/api/v1/org/tag/{id}" Authenticated tags::get;
    "tenant" addTenant POST "/api/v1/tenant" Authenticated tenants::add;
    "tenant" addTenantByMobile POST "/api/v1/tenant/signupByMobile" Authenticated tenants::add_by_mobile;
    "tenant" updateTenant PATCH "/api/v1/tenant" Authenticated tenants::update;
    "tenant" replaceTenant PUT "/api/v1/tenant" Authenticated tenants::replace;
    "tenant" listTenants GET "/api/v1/tenant" Authenticated tenants::list;
    "tenant" enableTenant PATCH "/api/v1/tenant/enabled" Authenticated tenants::enable;
    "tenant" lockTenant PATCH "/api/v1/tenant/locked" Authenticated tenants::lock;
    "tenant" searchTenants GET "/api/v1/tenant/search" Authenticated tenants::search;
    "tenant" getTenant GET "/api/v1/tenant/{id}" Authenticated tenants::get;
}
