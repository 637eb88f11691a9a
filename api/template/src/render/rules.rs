//! Rules across parameters: all that do not hold, in the order of the document.

use super::world::World;
use crate::document::Condition;
use crate::document::rule::Rule;
use crate::expression::evaluate::Stop;

/// The rules of a scope that do not hold for its parameters.
pub(super) fn broken<'w>(world: &'w World<'_>, scope: usize) -> Result<Vec<&'w Rule>, Stop> {
    let view = world.view(scope);
    let mut broken = Vec::new();
    for rule in &world.plan.scopes[scope].document.rules {
        let holds = match &rule.holds {
            Condition::Literal(holds) => *holds,
            Condition::Expression(expression) => expression
                .boolean(&view, &world.meter)
                .map_err(|stop| stop.at(&rule.place))?,
        };
        if !holds {
            broken.push(rule);
        }
    }
    Ok(broken)
}
