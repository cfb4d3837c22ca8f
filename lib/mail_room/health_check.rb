# frozen_string_literal: true

module MailRoom
  # Where the health of the process is to be asked for. This version keeps and checks the settings
  # but serves nothing.
  class HealthCheck
    # The largest number a TCP port can have.
    LARGEST_PORT = 65_535

    # @return [String] address to listen on
    attr_reader :address

    # @return [Integer, String] port to listen on, as given
    attr_reader :port

    # @return [Boolean] whether health is being served
    attr_reader :running

    # @param attributes [Hash] `address` and `port`, with symbol or string keys
    # @raise [ConfigurationError] when one of them is missing or the port is none
    def initialize(attributes = {})
      attributes = Keys.symbolize(attributes)
      @address = attributes[:address]
      @port = attributes[:port]
      @running = false

      validate!
    end

    # @return [void]
    def run
      Notice.warn("health_check on #{address}:#{port} is not served in this version yet")
    end

    # @return [void]
    def quit; end

    private

    # Same texts as gitlab-mail_room: operators grep for them.
    def validate!
      raise ConfigurationError, "No health check address specified" unless address

      number = port.respond_to?(:to_i) ? port.to_i : 0
      raise ConfigurationError, "Health check port #{number} is invalid" unless number.between?(1, LARGEST_PORT)
    end
  end
end
