# frozen_string_literal: true

require "mail_room"

module MailRoom
  # Where the health of the process is to be asked for: `GET /liveness` is answered `OK` while
  # mailboxes are watched. The native part listens there and answers as long as {Coordinator#run}
  # lasts; this class holds address and port.
  class HealthCheck
    # The largest number a TCP port can have.
    LARGEST_PORT = 65_535

    # @return [String] IP address or host name to listen on
    attr_reader :address

    # @return [Integer, String] port to listen on, as given
    attr_reader :port

    # @return [Boolean] whether a coordinator serves it
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

    # For the coordinator, which gives address and port to the native part. Alone it serves nothing.
    #
    # @return [void]
    def run
      @running = true
    end

    # @return [void]
    def quit
      @running = false
    end

    # @return [Hash{String => Object}] as it crosses into the native part
    def settings
      { "address" => address.to_s, "port" => port.to_i }
    end

    private

    # Same texts as gitlab-mail_room: operators grep for them.
    def validate!
      raise ConfigurationError, "No health check address specified" unless address

      raise ConfigurationError, "Health check port #{number} is invalid" unless number.between?(1, LARGEST_PORT)
    end

    def number
      port.respond_to?(:to_i) ? port.to_i : 0
    rescue FloatDomainError # YAML knows .inf and .nan
      0
    end
  end
end
