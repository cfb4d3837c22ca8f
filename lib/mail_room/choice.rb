# frozen_string_literal: true

require "mail_room"

module MailRoom
  # A setting whose value is one of a few names.
  class Choice
    # @return [Array<String>] the names that work
    attr_reader :available

    # @param key [String] the setting, for the text of errors
    # @param available [Array<String>] names that work
    def initialize(key, available:)
      @key = key
      @available = available
    end

    # @param name [String, Symbol] what was written
    # @return [String] the name, one of {#available}
    # @raise [ConfigurationError] when the name is none of them; names the key and what there is
    def check(name)
      name = name.to_s
      return name if available.include?(name)

      raise ConfigurationError, "#{@key} #{name.inspect} #{problem(name)}; available: #{available * ', '}"
    end

    private

    def problem(name)
      nearest = Keys.nearest(name, available)
      nearest ? "is unknown (did you mean #{nearest.inspect}?)" : "is unknown"
    end
  end
end
