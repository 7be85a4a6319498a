//! `cedar-policy` with one policy for everything: roles are the users' parents, and a permission names
//! the roles that hold it.

use std::collections::{HashMap, HashSet};
use std::error::Error;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request, RestrictedExpression,
};

use crate::directory::{Directory, Question};

const POLICY: &str = "permit(principal, action == Action::\"use\", resource) when { principal in resource.holders };";

pub(crate) struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    users: Vec<EntityUid>,
    permissions: Vec<EntityUid>,
    action: EntityUid,
}

impl Cedar {
    pub(crate) fn new(directory: &Directory) -> Result<Self, Box<dyn Error>> {
        let uids = |kind: &str, count: usize| -> Result<Vec<EntityUid>, Box<dyn Error>> {
            let kind: EntityTypeName = kind.parse()?;
            let uid = |number: usize| {
                EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(number.to_string()))
            };
            Ok((0..count).map(uid).collect())
        };
        let (users, roles) =
            (uids("User", directory.users.len())?, uids("Role", directory.roles.len())?);
        let permissions = uids("Permission", directory.roles.len())?;
        let mut holders: Vec<HashSet<usize>> = vec![HashSet::new(); permissions.len()];
        for (role, held) in directory.roles.iter().enumerate() {
            for permission in held {
                holders[*permission].insert(role);
            }
        }
        let mut entities: Vec<Entity> =
            roles.iter().map(|role| Entity::new_no_attrs(role.clone(), HashSet::new())).collect();
        for (user, theirs) in users.iter().zip(&directory.users) {
            let parents = theirs.iter().map(|role| roles[*role].clone()).collect();
            entities.push(Entity::new_no_attrs(user.clone(), parents));
        }
        for (permission, holders) in permissions.iter().zip(&holders) {
            let holders = holders.iter();
            let set =
                holders.map(|role| RestrictedExpression::new_entity_uid(roles[*role].clone()));
            let attributes =
                HashMap::from([("holders".to_owned(), RestrictedExpression::new_set(set))]);
            entities.push(Entity::new(permission.clone(), attributes, HashSet::new())?);
        }
        Ok(Self {
            authorizer: Authorizer::new(),
            policies: POLICY.parse()?,
            entities: Entities::from_entities(entities, None)?,
            users,
            permissions,
            action: "Action::\"use\"".parse()?,
        })
    }

    pub(crate) fn decide(&self, question: &Question) -> bool {
        let request = Request::new(
            self.users[question.user].clone(),
            self.action.clone(),
            self.permissions[question.permission].clone(),
            Context::empty(),
            None,
        );
        request.is_ok_and(|request| {
            let answer = self.authorizer.is_authorized(&request, &self.policies, &self.entities);
            answer.decision() == Decision::Allow
        })
    }
}
