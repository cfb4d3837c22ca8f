# frozen_string_literal: true

require "rbconfig"
require "yaml"
require_relative "json_log"
require_relative "servers/process"

# The command under test, as an operator starts it: a process of its own with a configuration file, signals, log files
# and an exit status.
#
#   mail_room = MailRoomProcess.new({ mailboxes: [{ email: "anna", ... }] }).start
#   mail_room.wait_for_action("Idling")
#   mail_room.term
#   mail_room.exit_status # => 0
class MailRoomProcess
  ROOT = File.expand_path("../..", __dir__)
  RUBY = [RbConfig.ruby, "-Ilib"].freeze
  COMMAND = [*RUBY, "exe/mail_room"].freeze

  # @param config [Hash, String, nil] written as YAML, or as it is when a String, or not at all; mailboxes without a
  #   logger get log_path
  # @param arguments [Array<String>] besides "-c FILE"
  # @param command [Array<String>] another program that takes "-c FILE"
  # @param config_path [String, nil] a file that is there already, when config is nil
  def initialize(config, arguments: [], env: {}, command: COMMAND, chdir: ROOT, config_path: nil)
    @folder = Servers::Folder.new("process")
    @config_path = config_path || path("mail_room.yml")
    @folder.write("mail_room.yml", config.is_a?(Hash) ? YAML.dump(with_logger(config)) : config) if config
    @process = Servers::Process.new(*command, "-c", @config_path, *arguments,
                                    chdir: chdir, env: env, output: path("stdout"), errors: path("stderr"))
    @logs = [log_path, path("stdout")].map { |file| JsonLog.new(file) }
  end

  attr_reader :config_path

  # @return [self]
  def start
    @process.start
    self
  end

  # The same configuration and log files, in a new process.
  # @return [self]
  def restart
    start
  end

  def log_path
    path("log.json")
  end

  def stdout
    read(path("stdout"))
  end

  def stderr
    read(path("stderr"))
  end

  # @return [String] everything it ever wrote
  def everything
    [stdout, stderr, read(log_path)].join("\n")
  end

  # @return [Array<Hash>] JSON lines from the log file and from stdout
  def log
    @logs.flat_map(&:lines)
  end

  # @yieldparam line [Hash]
  # @return [Hash] the first line for which the block is truthy
  # @raise [Wait::TimedOut]
  def wait_for_log(limit = 15, what: "a log line", &block)
    wait_until(limit, what: what) { log.find(&block) }
  end

  # @return [Hash] the first line with this action, of this mailbox when one is named
  def wait_for_action(action, email: nil, limit: 15)
    wait_for_log(limit, what: "the action #{action.inspect}") do |line|
      line["action"] == action && (email.nil? || line.dig("context", "email") == email)
    end
  end

  # Waits for a condition, but not longer than the process lives.
  def wait_until(limit = 15, what: "the condition")
    Wait.until(limit, what: what) do
      result = yield
      raise "mail_room ended (#{@process.status}) before #{what}" unless result || alive?

      result
    end
  end

  def term
    @process.signal("TERM")
  end

  def int
    @process.signal("INT")
  end

  # As a crash: at once, without any chance to clean up.
  def kill9
    @process.kill
  end

  # @return [Integer, nil]
  def pid
    @process.pid
  end

  def alive?
    @process.alive?
  end

  # @return [Integer, nil] the exit status; nil when a signal ended it
  # @raise [Wait::TimedOut] when it still runs after the limit
  def exit_status(limit = 15)
    status(limit).exitstatus
  end

  # @return [Process::Status] how it ended
  # @raise [Wait::TimedOut] when it still runs after the limit
  def status(limit = 15)
    @process.wait(limit) || raise(Wait::TimedOut, "mail_room still runs after #{limit} s")
  end

  # @return [Integer] memory in use
  def rss_kib
    File.read("/proc/#{@process.pid}/status")[/^VmRSS:\s+(\d+) kB/, 1].to_i
  end

  # @return [Integer] the most memory it ever had in use
  def peak_rss_kib
    File.read("/proc/#{@process.pid}/status")[/^VmHWM:\s+(\d+) kB/, 1].to_i
  end

  # @return [Integer] how much it has worked so far, by itself and for others; 0 when it has ended
  def cpu_ticks
    File.read("/proc/#{@process.pid}/stat").rpartition(")").last.split[11, 2].sum(&:to_i)
  rescue SystemCallError
    0
  end

  # @return [String] what ps shows of it; empty when it has ended
  def title
    File.read("/proc/#{@process.pid}/cmdline").tr("\0", " ")
  rescue SystemCallError
    ""
  end

  # Waits until signals end it gracefully, also where there is no mailbox to become ready: it gives itself its title
  # right after that.
  def wait_for_title
    wait_until(what: "its title") { title.start_with?("mail_room ") }
  end

  # @param name [String] of a signal
  def signal(name)
    @process.signal(name)
  end

  # Waits until it has ended, in whatever way.
  def wait_for_end(limit = 15)
    @process.wait(limit) || raise(Wait::TimedOut, "mail_room still runs after #{limit} s")
  end

  # Ends it whatever it does, and takes its files away.
  def remove
    @process.kill if @process.pid
    @folder.remove
  end

  # @return [String] the ends of all it wrote, for failure messages
  def tail(lines = 20)
    { "stdout" => stdout, "stderr" => stderr, "log" => read(log_path) }.map do |name, text|
      "--- #{name}\n#{text.lines.last(lines).join}"
    end.join
  end

  private

  def path(name)
    @folder.join(name)
  end

  def read(file)
    File.exist?(file) ? File.read(file, encoding: "UTF-8") : ""
  end

  def with_logger(config)
    return config unless config[:mailboxes].is_a?(Array)

    mailboxes = config[:mailboxes].map do |mailbox|
      mailbox.is_a?(Hash) ? { logger: { log_path: log_path } }.merge(mailbox) : mailbox
    end
    config.merge(mailboxes: mailboxes)
  end
end
