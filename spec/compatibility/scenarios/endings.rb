# frozen_string_literal: true

require "support/reference/scenario"

# How the command ends, and what it tells then.
module Scenarios
  # Without mailboxes, but past its own start.
  none = ":mailboxes: []\n"
  broken = ":mailboxes: [\n"
  # Loads, but nothing listens there.
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

  failed = { status: 1, stdout: "nothing", stderr: "text" }
  json = { status: 1, stdout: "JSON with backtrace, message, severity, time", stderr: "nothing" }
  warned = { status: 0, stdout: "JSON with action, error, severity, time", stderr: "nothing" }
  left = { status: 0, stdout: "nothing", stderr: "nothing" }

  ENDINGS = [
    Scenario.new("the command: --help", sees: :help, additions: true, config: none, arguments: ["--help"]),
    Scenario.new("the command: -?", sees: :help, additions: true, config: none, arguments: ["-?"]),
    Scenario.new("the command: SIGTERM while idle", sees: :ending, signal: :term),
    Scenario.new("the command: SIGINT while idle", sees: :ending, signal: :int),
    Scenario.new("the command: SIGTERM while idle, with --log-exit-as plain", sees: :ending, signal: :term,
                                                                              arguments: %w[--log-exit-as plain]),
    Scenario.new("the command: SIGTERM without a mailbox", sees: :ending, signal: :term, config: none),
    Scenario.new("the command: a broken configuration", sees: :complaint, config: broken),
    Scenario.new("the command: a broken configuration, with --log-exit-as plain", sees: :complaint, config: broken,
                                                                                  arguments: %w[--log-exit-as plain]),
    Scenario.new("the command: a broken configuration, with --log-exit-as json", sees: :complaint, config: broken,
                                                                                 arguments: %w[--log-exit-as json], difference: { theirs: failed, ours: json,
                                                                                                                                  readme: "an error in the configuration with `--log-exit-as json`" }),
    Scenario.new("the command: a configuration that is not there", sees: :complaint, arguments: %w[-c /nowhere.yml]),
    Scenario.new("the command: an unknown option", sees: :complaint, config: none, arguments: ["--unknown"]),
    Scenario.new("the command: a broken configuration, with --quiet", sees: :complaint, config: broken,
                                                                      arguments: ["--quiet"], signal: :int, difference: { theirs: left, ours: warned, readme: "a configuration that cannot be loaded, with `-q`" }),
    Scenario.new("the command: :mailboxes: without a value", sees: :complaint, config: ":mailboxes:\n", signal: :int,
                                                             difference: { theirs: failed, ours: left.merge(stderr: "text"), readme: "`:mailboxes:` empty" }),
    Scenario.new("the command: a mailbox that cannot be reached", sees: :complaint, config: unreachable, signal: :int,
                                                                  difference: { theirs: failed, ours: left, readme: "a mailbox that cannot be reached" }),
    Scenario.new("the command: a mailbox that cannot be reached, with --log-exit-as json", sees: :complaint,
                                                                                           config: unreachable, signal: :int, arguments: %w[--log-exit-as json],
                                                                                           difference: { theirs: failed, ours: left, readme: "a mailbox that cannot be reached" })
  ].freeze
end
