//! Functions of the expression library, for what is not worth doing again: regular expressions, time, arithmetic.
//!
//! Values are converted there and back; integers stay integers, and maps come back with their keys in order.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the library's values are many; only some have a JSON form"
)]

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use cel::objects::{Key as TheirKey, Map as TheirMap};
use cel::{Context, Env, Program, Value as Theirs};

use super::evaluate::{Meter, Stop};
use super::functions::{BINARY, FUNCTIONS, Style};
use super::value::{Key, Value};

/// What a call costs, whatever it does: a regular expression is compiled each time.
const STEPS: u64 = 50;

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

struct Library {
    env: Arc<Env>,
    programs: BTreeMap<(&'static str, Style, usize), Program>,
}

static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    let mut env = Env::stdlib();
    for extension in [
        cel::extensions::strings,
        cel::extensions::lists,
        cel::extensions::math,
        cel::extensions::encoders,
    ] {
        // Without one of them its functions answer "unknown function"; a test calls every function.
        let _ = env.add_extension(extension);
    }
    let env = Arc::new(env);
    let mut programs = BTreeMap::new();
    let mut add = |name: &'static str, style: Style, arguments: usize, source: &str| {
        if let Ok(program) = env.compile(source) {
            programs.insert((name, style, arguments), program);
        }
    };
    for (name, style, fewest, most, native) in FUNCTIONS {
        if native.is_some() {
            continue;
        }
        for count in *fewest..=*most {
            match style {
                Style::Global => add(name, *style, count, &format!("{name}({})", NAMES[..count].join(", "))),
                Style::Member => add(
                    name,
                    *style,
                    count + 1,
                    &format!("a.{name}({})", NAMES[1..=count].join(", ")),
                ),
            }
        }
    }
    for operator in BINARY {
        let symbol = operator.trim_matches('_').trim_start_matches('@');
        add(operator, Style::Global, 2, &format!("a {symbol} b"));
    }
    add("-_", Style::Global, 1, "-a");
    Library { env, programs }
});

/// Calls a function of the library; a member's target is its first argument.
pub(super) fn call<'a>(meter: &Meter, name: &str, style: Style, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    meter.charge(STEPS)?;
    let known = FUNCTIONS
        .iter()
        .map(|f| f.0)
        .chain(BINARY)
        .chain(["-_"])
        .find(|known| *known == name);
    let program = known.and_then(|known| LIBRARY.programs.get(&(known, style, arguments.len())));
    let Some(program) = program else {
        return Err(Stop::failed(format!("unknown function `{name}`")));
    };
    let mut context = Context::with_env(Arc::clone(&LIBRARY.env));
    for (name, argument) in NAMES.iter().zip(arguments) {
        context.add_variable_from_value(*name, to_theirs(meter, argument)?);
    }
    let result = program
        .execute(&context)
        .map_err(|error| Stop::failed(explain(name, &error)))?;
    from_theirs(meter, result)
}

/// A value that has a text, as text.
pub(super) fn text(value: &Theirs) -> Result<String, Stop> {
    match value {
        Theirs::Timestamp(_) | Theirs::Duration(_) => {
            let mut context = Context::with_env(Arc::clone(&LIBRARY.env));
            context.add_variable_from_value("a", value.clone());
            let program = LIBRARY
                .env
                .compile("string(a)")
                .map_err(|_| Stop::failed("no text for it"))?;
            match program.execute(&context) {
                Ok(Theirs::String(text)) => Ok(text.as_str().to_owned()),
                _ => Err(Stop::failed("no text for it")),
            }
        }
        _ => Err(Stop::failed("bytes are no text; encode them with base64.encode")),
    }
}

/// What went wrong, without the values that the library's own messages show.
fn explain(name: &str, error: &cel::ExecutionError) -> String {
    use cel::ExecutionError as E;
    let name = name.trim_matches('_').trim_start_matches('@');
    match error {
        E::NoSuchOverload(_) | E::UnsupportedBinaryOperator(..) | E::ValuesNotComparable(..) => {
            format!("`{name}` does not work on values of these types")
        }
        E::Overflow(..) => format!("`{name}`: the number does not fit 64 bits"),
        E::DivisionByZero(_) | E::RemainderByZero(_) => "division by zero".to_owned(),
        E::IndexOutOfBounds(_) => format!("`{name}`: the index is out of bounds"),
        _ => format!("`{name}` does not accept these values"),
    }
}

fn to_theirs(meter: &Meter, value: &Value<'_>) -> Result<Theirs, Stop> {
    meter.charge(1)?;
    if let Some(text) = value.as_str() {
        meter.charge_bytes(text.len())?;
        return Ok(Theirs::String(Arc::new(text.to_owned())));
    }
    if let Some(items) = value.items() {
        let items: Vec<Theirs> = items
            .iter()
            .map(|item| to_theirs(meter, item))
            .collect::<Result<_, _>>()?;
        return Ok(Theirs::List(Arc::new(items)));
    }
    if let Some(entries) = value.entries() {
        let mut map = HashMap::new();
        for (key, value) in &entries {
            let key = match key {
                Key::Bool(value) => TheirKey::Bool(*value),
                Key::Int(value) => TheirKey::Int(*value),
                Key::Text(value) => TheirKey::String(Arc::new(value.clone())),
            };
            map.insert(key, to_theirs(meter, value)?);
        }
        return Ok(Theirs::Map(TheirMap { map: Arc::new(map) }));
    }
    match value {
        Value::Null => Ok(Theirs::Null),
        Value::Bool(value) => Ok(Theirs::Bool(*value)),
        Value::Int(value) => Ok(Theirs::Int(*value)),
        Value::Uint(value) => Ok(Theirs::UInt(*value)),
        Value::Double(value) => Ok(Theirs::Float(*value)),
        Value::Foreign(value) => Ok(value.as_ref().clone()),
        other => Err(Stop::failed(format!(
            "the function does not work on {}",
            other.type_name()
        ))),
    }
}

fn from_theirs<'a>(meter: &Meter, value: Theirs) -> Result<Value<'a>, Stop> {
    meter.charge(1)?;
    Ok(match value {
        Theirs::Null => Value::Null,
        Theirs::Bool(value) => Value::Bool(value),
        Theirs::Int(value) => Value::Int(value),
        Theirs::UInt(value) => i64::try_from(value).map_or(Value::Uint(value), Value::Int),
        Theirs::Float(value) => Value::Double(value),
        Theirs::String(text) => Value::text(text.as_str()),
        Theirs::List(items) => Value::list(
            items
                .iter()
                .map(|item| from_theirs(meter, item.clone()))
                .collect::<Result<_, _>>()?,
        ),
        Theirs::Map(map) => {
            let mut entries = BTreeMap::new();
            for (key, value) in map.map.iter() {
                let key = match key {
                    TheirKey::Bool(value) => Key::Bool(*value),
                    TheirKey::Int(value) => Key::Int(*value),
                    TheirKey::Uint(value) => Key::Int(i64::try_from(*value).unwrap_or(i64::MAX)),
                    TheirKey::String(value) => Key::Text(value.as_str().to_owned()),
                };
                entries.insert(key, from_theirs(meter, value.clone())?);
            }
            Value::Map(Rc::new(entries))
        }
        other => Value::Foreign(Rc::new(other)),
    })
}

#[cfg(test)]
mod tests {
    use super::{FUNCTIONS, LIBRARY, Style};

    #[test]
    fn every_function_of_the_table_has_a_program() {
        for (name, style, fewest, most, native) in FUNCTIONS {
            for count in *fewest..=*most {
                let arguments = if *style == Style::Member { count + 1 } else { count };
                let known = native.is_some() || LIBRARY.programs.contains_key(&(*name, *style, arguments));
                assert!(known, "{name} with {arguments}");
            }
        }
    }
}
