# frozen_string_literal: true

require_relative "../wait"
require_relative "folder"
require_relative "ports"

module Servers
  # One child process in a process group of its own, so that its children can be paused and ended with it.
  # What still runs when this Ruby process ends is ended then, so that no server outlives the suite.
  class Process
    STOP_LIMIT = 10

    @started = []

    class << self
      # Processes started here that have not been stopped yet.
      attr_reader :started
    end

    # Only in the process that started them: a fork inherits the list, but not the right to end its parent's servers.
    owner = ::Process.pid
    at_exit { started.dup.each(&:kill) if ::Process.pid == owner }

    attr_reader :pid, :output

    # @param command [Array<String>]
    # @param output [String] file that takes stdout
    # @param errors [String] file that takes stderr; the same as output unless given
    # @param env [Hash{String => String, nil}]
    # @param chdir [String]
    def initialize(*command, output:, errors: output, env: {}, chdir: Dir.pwd)
      @command = command.map(&:to_s)
      @output = output
      @errors = errors
      @env = env
      @chdir = chdir
    end

    # @return [self]
    # @raise [SystemCallError] when there is no such program
    def start
      files = { in: File::NULL, out: [@output, "a"], err: @errors == @output ? %i[child out] : [@errors, "a"] }
      @pid = ::Process.spawn(@env, *@command, pgroup: true, chdir: @chdir, **files)
      @waiter = ::Process.detach(@pid)
      self.class.started << self
      self
    end

    def alive?
      @waiter&.alive? || false
    end

    # @param limit [Numeric] seconds
    # @return [Process::Status, nil] nil when it still runs after the limit
    def wait(limit)
      @waiter.join(limit) && status
    end

    # @return [Process::Status, nil] nil while it runs
    def status
      @waiter.value unless alive?
    end

    # Signals this one process; a process that has gone in the meantime is no error.
    def signal(name)
      ::Process.kill(name, @pid) if alive?
    rescue Errno::ESRCH
      nil
    end

    # Signals the process and its children.
    def signal_group(name)
      ::Process.kill("-#{name}", @pid)
    rescue Errno::ESRCH
      nil
    end

    def pause
      signal_group("STOP")
    end

    def resume
      signal_group("CONT")
    end

    # Ends the process and its children: TERM first, KILL for whatever is left after the limit.
    # @return [Process::Status, nil]
    def stop(limit: STOP_LIMIT, term: "TERM")
      return unless @pid

      resume
      signal(term)
      wait(limit)
      kill
    end

    # Ends the process and its children at once.
    # @return [Process::Status, nil]
    def kill
      return unless @pid

      # Looking for members first would give it time to get on, where it is to be caught in the middle of something.
      signal_group("KILL") if alive? || members.any?
      @waiter.join
      Wait.until(STOP_LIMIT, what: "the end of process group #{@pid}") { members.empty? }
      self.class.started.delete(self)
      status
    end

    # @return [Array<Integer>] living processes of the group. Read from /proc, since kill(0) counts zombies too.
    def members
      Dir.children("/proc").grep(/\A\d+\z/).map(&:to_i).select { |pid| in_group?(pid) }
    end

    # @return [String] the last lines of what it printed, for failure messages
    def tail(lines = 30)
      [@output, @errors].uniq.filter_map { |file| File.readlines(file).last(lines).join if File.exist?(file) }.join
    end

    # Waits until it accepts connections.
    # @raise [Wait::TimedOut] with the tail of its output
    # @raise [RuntimeError] as soon as it has ended instead
    def wait_for_port(port, limit: 15)
      wait_until(limit, "#{@command.first} to listen on port #{port}") { Ports.open?(port) }
    end

    # Waits for a condition, but not longer than the process lives.
    def wait_until(limit, what)
      Wait.until(limit, what: what, detail: method(:tail)) do
        result = yield
        raise "#{@command.first} ended (#{status}) before #{what}\n#{tail}" unless result || alive?

        result
      end
    end

    private

    def in_group?(pid)
      # The name, in parentheses, may hold anything; the fields after it are: state, parent, group.
      state, _parent, group = File.read("/proc/#{pid}/stat").rpartition(")").last.split
      group.to_i == @pid && state != "Z"
    rescue SystemCallError
      false
    end
  end
end
