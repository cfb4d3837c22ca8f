# frozen_string_literal: true

require "io/wait"
require "open3"

# A program that takes a while: all it says goes into a file, and its caller hears of it, and of every second without.
class LoggedCommand
  # It ended with another status than 0; the message has the end of what it said.
  class Failed < StandardError; end

  # Seconds of silence after which the caller is called too.
  TICK = 1

  # @param name [String] for the message when it fails
  # @param log [String] path of the file
  def initialize(name, *command, log:, env: {}, chdir: Dir.pwd)
    @name = name
    @command = command
    @log = log
    @env = env
    @chdir = chdir
  end

  # @yieldparam line [String, nil] of its output; nil when there was none for a second
  # @raise [Failed]
  def run
    status = Open3.popen2e(@env, *@command, chdir: @chdir, pgroup: true) do |_, output, waiter|
      follow(output) { |line| yield line if block_given? }
      waiter.value
    ensure
      stop(waiter)
    end
    raise Failed, failure unless status.success?
  end

  private

  def follow(output)
    File.open(@log, "w") do |file|
      loop do
        line = output.wait_readable(TICK) ? (output.gets || break) : nil
        file.write(line)
        yield line
      end
    end
  end

  # With all its children, when the caller had enough of waiting.
  def stop(waiter)
    Process.kill("-TERM", waiter.pid) if waiter.alive?
  rescue Errno::ESRCH
    nil
  end

  def failure
    "#{@name} failed; all it said is in #{@log}, and this is the end of it:\n\n#{File.readlines(@log).last(25).join}"
  end
end
