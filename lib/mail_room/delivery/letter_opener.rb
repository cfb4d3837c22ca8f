# frozen_string_literal: true

require "mail_room"

module MailRoom
  module Delivery
    # Opens every message in a browser, for development. It needs the gems letter_opener and mail,
    # which are loaded with the first mailbox that uses it.
    class LetterOpener
      # Keys below `delivery_options`.
      KEYS = %i[location].freeze

      # Reads `location` of a mailbox, at its top or below `delivery_options`: the folder for the pages.
      Options = Struct.new(:location) do
        # @param mailbox [Mailbox, nil] where the option is written
        # @param given [Hash] the option, when there is no mailbox
        def initialize(mailbox = nil, **given)
          written = WrittenOptions.new(mailbox || given, :delivery_options)

          super(written.top(:location) || written[:location])
        end
      end

      # @return [void]
      # @raise [ConfigurationError] when one of the gems is not there; says which
      def self.require_gems
        %w[letter_opener mail].each do |gem|
          require gem
        rescue LoadError => error
          raise ConfigurationError, "delivery_method \"letter_opener\" needs the gem #{gem}, installed and in the " \
                                    "Gemfile: #{Printable.line(error.message)}"
        end
      end

      # @param options [Options]
      # @raise [ConfigurationError] when a gem it needs is not there
      def initialize(options)
        self.class.require_gems
        @options = options
      end

      # @param message [String] RFC 5322
      # @return [true] accepted
      # @raise [StandardError] of the gems, when the pages cannot be written or the browser not started
      def deliver(message)
        ::LetterOpener::DeliveryMethod.new(location: @options.location).deliver!(::Mail.read_from_string(message))
        true
      end
    end
  end
end
