# frozen_string_literal: true

require "etc"
require "open3"
require "yaml"
require_relative "json_log"
require_relative "servers/folder"
require_relative "wait"

# For examples of the files in support/: the command and its configuration as an installation would have them, below a
# folder of the example's own.
module ServiceHelpers
  ROOT = File.expand_path("../..", __dir__)

  # @return [String] the path of a file in support/
  def support(*names)
    File.join(ROOT, "support", *names)
  end

  # @return [Servers::Folder] everything the service has
  def folder
    @folder ||= Servers::Folder.new("service").tap { |folder| disposables << folder }
  end

  # @return [String] the command, as if it were installed
  def command
    @command ||= folder.write("bin/mail_room", <<~SH, mode: 0o755)
      #!/bin/sh
      exec #{RbConfig.ruby} -I#{ROOT}/lib #{ROOT}/exe/mail_room "$@"
    SH
  end

  # @return [String] a configuration with the example's mailbox
  def configuration(**others)
    mailbox = settings(inbox, logger: { log_path: folder.join("log.json") }, **others)
    folder.write("mail_room.yml", YAML.dump(mailboxes: [mailbox]))
  end

  # @return [Array] output and exit status
  def run(*command, env: {}, chdir: ROOT)
    output, status = Open3.capture2e(env, *command, chdir: chdir)
    [output, status.exitstatus]
  end

  # @return [Array<Hash>] the daemon's log
  def log
    JsonLog.new(folder.join("log.json")).lines
  end

  def wait_for_action(action, times: 1)
    Wait.until(15, what: "#{action} #{times} times", detail: -> { log.last(20).inspect }) do
      log.count { |line| line["action"] == action } >= times
    end
  end

  def user
    Etc.getpwuid.name
  end

  # @return [String, nil] why an example has to be left out that calls these programs
  def self.lacking(packages)
    missing = packages.reject { |program, _| program?(program) }
    "#{missing.keys.join(', ')} missing: install #{missing.values.uniq.join(', ')}, or run bin/setup" if missing.any?
  end

  def self.program?(name)
    [*ENV.fetch("PATH").split(File::PATH_SEPARATOR), "/usr/sbin", "/sbin"]
      .any? { |folder| File.executable?(File.join(folder, name)) }
  end
  private_class_method :program?
end

RSpec.configure do |config|
  config.include ServiceHelpers, :service
end
