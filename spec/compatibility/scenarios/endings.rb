# frozen_string_literal: true

require "support/reference/scenario"

# How the command ends, and what it tells then.
module Scenarios
  # Configurations: without a mailbox, without sense, and with a mailbox where nobody listens.
  none = ":mailboxes: []\n"
  broken = ":mailboxes: [\n"
  empty = ":mailboxes:\n"
  unreachable = <<~YAML
    :mailboxes:
      - :email: nobody
        :password: nothing
        :host: 127.0.0.1
        :port: 1
        :ssl: false
        :name: INBOX
        :delivery_method: noop
  YAML

  # What is left of a process.
  failed = { status: 1, stdout: "nothing", stderr: "text" }
  failed_in_json = { status: 1, stdout: "JSON with backtrace, message, severity, time", stderr: "nothing" }
  left = { status: 0, stdout: "nothing", stderr: "nothing" }
  left_with_log = { status: 0, stdout: "nothing",
                    stderr: "JSON with action, context, error, retry_in_s, retry_within_s, severity, time" }
  left_with_words = { status: 0, stdout: "nothing", stderr: "text" }
  left_with_json = { status: 0, stdout: "JSON with action, error, severity, time", stderr: "nothing" }

  json = %w[--log-exit-as json]
  plain = %w[--log-exit-as plain]

  same = [
    Scenario.new("the command: --help", sees: :help, additions: true, config: none, arguments: ["--help"]),
    Scenario.new("the command: -?", sees: :help, additions: true, config: none, arguments: ["-?"]),
    Scenario.new("the command: SIGTERM while idle", sees: :ending, signal: :term),
    Scenario.new("the command: SIGINT while idle", sees: :ending, signal: :int),
    Scenario.new("the command: SIGTERM while idle, plain", sees: :ending, signal: :term, arguments: plain),
    Scenario.new("the command: SIGTERM without a mailbox", sees: :ending, signal: :term, config: none),
    Scenario.new("the command: a broken configuration", sees: :complaint, config: broken),
    Scenario.new("the command: a broken configuration, plain", sees: :complaint, config: broken, arguments: plain),
    Scenario.new("the command: a configuration that is not there", sees: :complaint, arguments: %w[-c /nowhere.yml]),
    Scenario.new("the command: an unknown option", sees: :complaint, config: none, arguments: ["--unknown"])
  ]

  different = {
    ["a broken configuration, json", broken, json] =>
      [failed, failed_in_json, "an error in the configuration with `--log-exit-as json`"],
    ["a broken configuration, quiet", broken, ["-q"]] =>
      [left, left_with_json, "a configuration that cannot be loaded, with `-q`"],
    [":mailboxes: without a value", empty, []] => [failed, left_with_words, "`:mailboxes:` empty"],
    ["a mailbox that cannot be reached", unreachable, []] =>
      [failed, left_with_log, "a mailbox that cannot be reached"],
    ["a mailbox that cannot be reached, json", unreachable, json] =>
      [failed, left_with_log, "a mailbox that cannot be reached"]
  }.map do |(title, config, arguments), (theirs, ours, readme)|
    Scenario.new("the command: #{title}", sees: :complaint, config: config, arguments: arguments, signal: :int,
                                          difference: { theirs: theirs, ours: ours, readme: readme })
  end

  ENDINGS = (same + different).freeze
end
