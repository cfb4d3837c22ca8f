# frozen_string_literal: true

require "socket"

module Servers
  # Hands out TCP ports on which nobody listens.
  module Ports
    # Below the range from which Linux takes the ports of outgoing connections (32768 and up): a port from there could
    # be taken by any client between our look and the server's bind.
    RANGE = (20_000..32_000)

    # Of those, the specs that run beside others take every STEP-th, so that none takes a port that another one has
    # looked at and not yet bound.
    STEP = ENV.fetch("PARALLEL_TEST_GROUPS", "1").to_i
    SHARE = RANGE.to_a.select { |port| port % STEP == ENV.fetch("TEST_ENV_NUMBER", "0").to_i % STEP }.freeze

    ATTEMPTS = 200

    @given = []

    # @return [Integer] a free port on 127.0.0.1 that was not handed out before by this process
    # @raise [RuntimeError] when no free port was found
    def self.free
      ATTEMPTS.times do
        port = SHARE.sample
        next if @given.include?(port) || !free?(port)

        @given << port
        return port
      end
      raise "no free port found in #{RANGE}"
    end

    def self.free?(port)
      TCPServer.new("127.0.0.1", port).close
      true
    rescue Errno::EADDRINUSE, Errno::EACCES
      false
    end

    # @return [Boolean] whether something accepts connections there
    def self.open?(port)
      TCPSocket.new("127.0.0.1", port).close
      true
    rescue SystemCallError
      false
    end
  end
end
