# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Check
    # The address at which GitLab takes the mail of a mailbox, as its configuration has it.
    class Address
      autoload :Domain, "mail_room/check/address/domain"
      autoload :Login, "mail_room/check/address/login"
      autoload :Routing, "mail_room/check/address/routing"
      autoload :Shape, "mail_room/check/address/shape"

      # Stands for the key.
      PLACEHOLDER = IncomingEmail::PLACEHOLDER

      # Ends of the names of Microsoft's servers in its clouds.
      EXCHANGE_ONLINE = /(?:\A|\.)(?:office365\.com|office365\.us|outlook\.com|outlook\.cn)\z/

      # @return [String] as it was written
      attr_reader :text

      # @return [String] what stands before the last `@`, or all of it
      attr_reader :local

      # @return [String] what stands behind it, in lower case; empty without one
      attr_reader :domain

      # @return [Mailbox]
      attr_reader :mailbox

      # @param text [String]
      # @param mailbox [Mailbox]
      # @param type [String] `incoming_email` or `service_desk_email`
      # @param host [String, nil] GitLab's
      # @param sender [String, nil] the address GitLab writes from
      # @param tried [Boolean] whether a message is sent to it, which tells more than any guess
      def initialize(text, mailbox:, type:, host: nil, sender: nil, tried: false)
        @text = text
        @mailbox = mailbox
        @type = type
        @host = host&.downcase
        @sender = sender
        @tried = tried
        @local = text[/\A.*(?=@)/m] || text
        @domain = text.delete_prefix(@local).delete_prefix("@").downcase
      end

      # @return [Array<Finding>]
      def findings
        shape = Shape.new(self, service_desk: @type == "service_desk_email").findings
        return shape if shape.any?(&:wrong?)

        [*shape, *guesses, *domain_finding]
      end

      # @return [Boolean] whether it can carry a key
      def placeholder?
        text.include?(PLACEHOLDER)
      end

      # @param key [String]
      # @return [String] the address with that key; a dedicated one as it is
      def with(key)
        text.sub(PLACEHOLDER) { key }
      end

      # @return [String] what stands before the placeholder; all of the local part without one
      def before
        local.split(PLACEHOLDER, 2).first.to_s
      end

      # @return [String, nil] the character by which a server tells the mailbox from the key; nil where there is none
      def delimiter
        before[-1] if placeholder? && before.match?(/[^[:alnum:]]\z/)
      end

      # @return [String] the local part of the address without key: that of the mailbox
      def user
        placeholder? && delimiter ? before.chop : before
      end

      # @return [Boolean] whether the mailbox is one of Exchange Online
      def exchange_online?
        mailbox.microsoft_graph? || mailbox.host.to_s.downcase.match?(EXCHANGE_ONLINE)
      end

      private

      def guesses
        @tried ? [] : [*Routing.new(self).findings, *Login.new(self).findings]
      end

      # A dedicated address opens no issue.
      def domain_finding
        placeholder? ? [Domain.new(@domain, host: @host, sender: @sender).finding] : []
      end
    end
  end
end
