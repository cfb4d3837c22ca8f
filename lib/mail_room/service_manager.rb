# frozen_string_literal: true

require "mail_room"

module MailRoom
  # Who started the daemon and wants to hear how it is, such as systemd with `Type=notify` (sd_notify(3)). The native
  # part tells it: `READY=1`, `STATUS=`, `WATCHDOG=1` and `STOPPING=1`.
  class ServiceManager
    # What it says of itself in the environment: where to tell it, and after how many microseconds of silence it takes
    # which process for dead.
    VARIABLES = %w[NOTIFY_SOCKET WATCHDOG_USEC WATCHDOG_PID].freeze

    # Takes it out of the environment, so that no child process speaks in the daemon's name.
    #
    # @param env [ENV, Hash]
    # @return [ServiceManager, nil] nil when there is none
    def self.take(env)
      socket, watchdog_usec, watchdog_pid = VARIABLES.map { |name| env.delete(name).to_s }
      return if socket.empty?

      watchdog_usec = "" unless watchdog_pid.empty? || watchdog_pid == Process.pid.to_s
      new(socket, watchdog_usec[/\A\d{1,18}\z/]&.to_i)
    end

    # @return [Hash{String => Object}] as it crosses into the native part
    attr_reader :settings

    # @param socket [String] `NOTIFY_SOCKET`: a path, or a name of Linux's abstract namespace after an `@`
    # @param watchdog_usec [Integer, nil] `WATCHDOG_USEC`
    def initialize(socket, watchdog_usec = nil)
      @settings = { "socket" => Printable.text(socket), "watchdog_usec" => watchdog_usec }.compact
    end
  end
end
