# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Check
    # What a mailbox says about the webhook it posts to. {Delivery::Postback::Options} has all of it, and the log of the
    # mailbox besides: whoever checks an installation, perhaps as another user than the daemon, must open none.
    class Webhook
      # @param mailbox [Mailbox]
      # @return [Webhook, nil] nil when it posts nothing
      def self.of(mailbox)
        new(mailbox) if mailbox.delivery_klass == Delivery::Postback
      end

      # @param mailbox [Mailbox] with the delivery `postback`
      def initialize(mailbox)
        @written = WrittenOptions.new(mailbox, :delivery_options)
      end

      # @return [String, nil]
      def url
        option(:url)&.to_s
      end

      # @return [String, nil] the header that has the signed token
      def jwt_header
        @written[:jwt_auth_header]&.to_s
      end

      # @return [Boolean] whether it says by the header `Authorization` who posts
      def credentials?
        !option(:token).nil? || %i[username password].none? { |name| option(name).nil? }
      end

      private

      def option(name)
        prefixed = :"delivery_#{name}"
        @written.top(prefixed) || @written[prefixed, name]
      end
    end
  end
end
