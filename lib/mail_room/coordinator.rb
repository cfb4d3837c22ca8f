# frozen_string_literal: true

require "json"
require "mail_room"

module MailRoom
  # Runs all mailboxes:
  #
  # 1. makes the deliveries that are Ruby classes,
  # 2. starts the native part, which watches every mailbox,
  # 3. starts a thread for each mailbox whose messages are handed over, and replaces one that was
  #    torn apart,
  # 4. waits until it is told to stop, and ends all of it within a limit.
  class Coordinator
    # Seconds in which deliveries under way may finish.
    SHUTDOWN_TIMEOUT = 10

    # Seconds beyond the shutdown timeout in which the native part says goodbye to the servers.
    GRACE = 2

    # Seconds in which threads may end by themselves, and then after they were killed. Short, because
    # a delivery that is still at work has had the whole shutdown timeout.
    THREAD_GRACE = 0.5

    # @return [Array<MailboxWatcher>] one for each mailbox, in their order
    attr_accessor :watchers

    # @return [HealthCheck, nil]
    attr_accessor :health_check

    # @return [Boolean] whether {#run} is under way and was not told to stop
    attr_reader :running
    alias running? running

    # @param seconds [Numeric] a shutdown timeout
    # @return [Integer, Float] the same, as JSON can hold it
    # @raise [ConfigurationError] when it is none
    def self.shutdown_timeout(seconds)
      if seconds.is_a?(Numeric) && seconds.real? && seconds.positive? && seconds <= Float::MAX
        return seconds.is_a?(Integer) ? seconds : seconds.to_f
      end

      raise ConfigurationError, "shutdown_timeout must be a number of seconds above 0"
    end

    # @param mailboxes [Array<Mailbox>]
    # @param health_check [HealthCheck, nil]
    # @param shutdown_timeout [Numeric] seconds in which deliveries under way may finish
    # @param service_manager [ServiceManager, nil] is told how this coordinator is, as if it were the whole process
    # @raise [ConfigurationError] when the shutdown timeout is none
    def initialize(mailboxes, health_check = nil, shutdown_timeout: SHUTDOWN_TIMEOUT, service_manager: nil)
      @watchers = mailboxes.map { |mailbox| MailboxWatcher.new(mailbox) }
      @health_check = health_check
      @shutdown_timeout = self.class.shutdown_timeout(shutdown_timeout)
      @service_manager = service_manager
      @lock = Mutex.new
      @stoppable = true
      @running = @stopping = false
    end

    # Blocks until {#stop}; without mailboxes it idles until then. An exception raised into the
    # calling thread (Timeout, `Thread#kill`) also ends everything gracefully.
    #
    # @return [void]
    # @raise [ConfigurationError] when the native part refuses the settings, or cannot listen where health
    #   is to be asked for
    # @raise [MailRoom::Error] when the native part cannot start, or this is already running
    def run
      raise MailRoom::Error, "this coordinator is already running" unless @lock.try_lock

      begin
        run_once
      ensure
        @lock.unlock
      end
    end

    # Asks {#run} to end and returns at once; before the first {#run}, asks it not to begin. Takes no lock,
    # so a trap handler may call it.
    #
    # @return [void]
    def stop
      @stopping = true if @stoppable
      @running = false
      @native&.stop
    end
    alias quit stop

    # @param value [Boolean] false stops, as {#stop} does; true changes nothing
    def running=(value)
      stop unless value
    end

    private

    def run_once
      @stoppable = true
      @running = !@stopping
      health_check&.run
      watchers.each(&:prepare)
      serve unless @stopping
    ensure
      health_check&.quit
      watchers.each(&:finish)
      # So that it can run again, also when somebody tidies up with another quit.
      @stoppable = @running = @stopping = false
    end

    def serve
      @relays = {}.compare_by_identity
      watch
    ensure
      @relays.each_value(&:finish)
    end

    def watch
      @native = Native::Coordinator.new(settings)
      start
      watchers.each(&:revive) until @native.wait
    ensure
      shut_down if @native
      @native = nil
    end

    def start
      @relays.each_value(&:start)
      @native.start
      @started = true
      @native.stop if @stopping # by a signal while the native part was starting
      watchers.each_with_index { |watcher, index| watcher.start(@native, index) }
    end

    def settings
      mailboxes = watchers.map { |watcher| Mailbox::Settings.new(watcher.mailbox, log_path: relayed(watcher)).to_h }
      JSON.generate("mailboxes" => mailboxes, "shutdown_timeout" => @shutdown_timeout,
                    "health_check" => health_check_settings, "service_manager" => @service_manager&.settings)
    end

    # A program may bring a health check of its own, which serves itself.
    def health_check_settings
      health_check.settings if health_check.is_a?(HealthCheck)
    end

    # Mailboxes with the same logger share a relay.
    def relayed(watcher)
      logger = watcher.mailbox.given_logger
      (@relays[logger] ||= LogRelay.new(logger)).path if logger
    end

    # 1. stop taking messages, 2. let the native part finish, 3. let the threads finish, 4. end them.
    def shut_down
      stop
      await_mailboxes if @started
      @started = false

      await_threads
      watchers.each(&:kill)
      await_threads
    end

    # The native part keeps to the shutdown timeout. Should it ever not, an alarm ends the wait.
    def await_mailboxes
      deadline = now + @shutdown_timeout + GRACE
      alarm = Thread.new(@native) do |native|
        sleep(@shutdown_timeout + GRACE)
        native.wake
      end
      nil until @native.wait || now >= deadline
    ensure
      alarm&.kill
    end

    def await_threads
      deadline = now + THREAD_GRACE
      watchers.each { |watcher| watcher.join(deadline) }
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
