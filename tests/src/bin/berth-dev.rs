//! The program behind `make`. Everything it does is in `berth_tests::dev`.

use std::process::ExitCode;

fn main() -> ExitCode {
    berth_tests::dev::main()
}
