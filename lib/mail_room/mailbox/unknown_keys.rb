# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Mailbox
    # Finds what was written and will not be read, most often because of a typing error.
    class UnknownKeys
      # Keys below `inbox_options`.
      INBOX_OPTIONS = %i[tenant_id client_id client_secret client_certificate_path poll_interval azure_ad_endpoint
                         graph_endpoint delete_permanently].freeze

      # Keys below `incoming_email`.
      INCOMING_EMAIL = %i[address host mailbox_type].freeze

      # Keys below `filter`.
      FILTER = %i[bounces auto_generated unmatched].freeze

      # Keys below `oauth2`.
      OAUTH2 = %i[preset token_url tenant_id client_id client_secret client_certificate_path scope grant refresh_token
                  token_command token_file].freeze

      # Keys below `logger`.
      LOGGER = %i[log_path].freeze

      # @param mailbox [Mailbox]
      # @param given [Array] the keys at the top of its settings
      def initialize(mailbox, given)
        @mailbox = mailbox
        @given = given
      end

      # @return [Array<String>] a line for each
      def to_a
        at_top + below.flat_map do |section, known|
          written = @mailbox[section]
          next [] unless written.is_a?(Hash) && known

          Keys.unknown(written.keys, known).map do |key, hint|
            "unknown key #{section}.#{key}#{", did you mean #{hint}?" if hint}"
          end
        end
      end

      private

      def at_top
        Keys.unknown(@given, MAILBOX_FIELDS).map do |key, hint|
          "unknown key #{key.inspect}#{", did you mean #{hint.inspect}?" if hint}"
        end
      end

      # Of a Ruby class nobody knows what it reads, and who switches a delivery or arbitration off for a
      # while leaves its options.
      def below
        { delivery_options: known { @mailbox.delivery_klass if own_delivery? },
          arbitration_options: known { @mailbox.arbitration_klass },
          inbox_options: INBOX_OPTIONS, logger: LOGGER, incoming_email: INCOMING_EMAIL, filter: FILTER,
          oauth2: OAUTH2 }
      end

      def own_delivery?
        @mailbox[:delivery_klass].nil? || !@mailbox.handed_over?
      end

      # An unknown method is an error, which others tell.
      def known
        klass = yield
        klass::KEYS if klass&.const_defined?(:KEYS)
      rescue ConfigurationError
        nil
      end
    end
  end
end
