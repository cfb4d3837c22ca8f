# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Explain
    # The addresses messages are explained for.
    class Addresses
      # The values of `mailbox_type`.
      TYPES = Choice.new("incoming_email.mailbox_type", available: %w[incoming_email service_desk_email])

      # Keys below `incoming_email`.
      KEYS = %i[address host mailbox_type].freeze

      # One mailbox with an address.
      Entry = Struct.new(:type, :address, :host)

      # @param address [String, nil]
      # @param service_desk_address [String, nil]
      # @param host [String, nil]
      # @return [Addresses]
      # @raise [ConfigurationError] when there is none, or it cannot be one
      def self.given(address: nil, service_desk_address: nil, host: nil)
        { "--address" => address, "--service-desk-address" => service_desk_address, "--host" => host }
          .each { |option, text| raise ConfigurationError, "explain: #{option} is blank" if text&.strip&.empty? }
        new([IncomingEmail.new(address: address, service_desk_address: service_desk_address, host: host)])
      end

      # Reads only what belongs to addresses: nothing else has to be right, no log file is opened, and no
      # secret looked at.
      #
      # @param path [String] of a configuration
      # @return [Addresses]
      # @raise [ConfigurationError] when it cannot be read, or no mailbox has an address
      def self.configured(path)
        mailboxes = Configuration::Document.new(path).to_h[:mailboxes]
        unless mailboxes.nil? || mailboxes.is_a?(Array)
          raise ConfigurationError, "mailboxes must be a list, not #{mailboxes.class}"
        end

        new(of_entries(mailboxes.to_a.filter_map.with_index { |mailbox, index| entry(mailbox, "mailboxes[#{index}]") }))
      rescue ConfigurationError => error
        raise error.class, "#{path}: #{error.message}"
      end
    end
  end
end
