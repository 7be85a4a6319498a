//! `casbin` with its model of roles: a policy for each permission of a role, a grouping for each role
//! of a user.

use std::error::Error;

use casbin::{CoreApi as _, DefaultModel, Enforcer, MemoryAdapter, MgmtApi as _};

use crate::directory::{Directory, Question};

const MODEL: &str = "
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act
";

pub(crate) struct Casbin(Enforcer);

impl Casbin {
    pub(crate) fn new(directory: &Directory) -> Result<Self, Box<dyn Error>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let enforcer = runtime.block_on(async {
            let model = DefaultModel::from_str(MODEL).await?;
            let mut enforcer = Enforcer::new(model, MemoryAdapter::default()).await?;
            let mut policies: Vec<Vec<String>> = Vec::new();
            for (role, permissions) in directory.roles.iter().enumerate() {
                for permission in permissions {
                    policies.push(vec![format!("r{role}"), format!("p{permission}"), "use".into()]);
                }
            }
            once(&mut policies);
            enforcer.add_policies(policies).await?;
            let mut groupings: Vec<Vec<String>> = Vec::new();
            for (user, roles) in directory.users.iter().enumerate() {
                groupings
                    .extend(roles.iter().map(|role| vec![format!("u{user}"), format!("r{role}")]));
            }
            once(&mut groupings);
            enforcer.add_grouping_policies(groupings).await?;
            Ok::<_, casbin::Error>(enforcer)
        })?;
        Ok(Self(enforcer))
    }

    pub(crate) fn decide(&self, question: &Question) -> bool {
        let (user, permission) =
            (format!("u{}", question.user), format!("p{}", question.permission));
        self.0.enforce((user, permission, "use")).unwrap_or(false)
    }
}

/// Each rule once: the engine refuses all of them when one comes twice.
fn once(rules: &mut Vec<Vec<String>>) {
    rules.sort();
    rules.dedup();
}
