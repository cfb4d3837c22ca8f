# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Configuration
    # The configuration file as a mapping: ERB evaluated, YAML parsed.
    class Document
      # @param path [String]
      def initialize(path)
        @path = path
      end

      # @return [Hash{Symbol => Object}] the mapping at the top of the file
      # @raise [ConfigurationError] when the file cannot be read, evaluated or parsed
      def to_h
        document = Template.new(@path).load
        return Keys.symbolize(document) if document.is_a?(Hash)

        raise ConfigurationError, "the top level must be a mapping, not #{document ? document.class : 'empty'}"
      end
    end
  end
end
