# frozen_string_literal: true

module Soak
  # A mailbox on an IMAP server, as a lane needs it.
  class ImapBox
    # @param dovecot [Servers::Dovecot]
    # @param inbox [Servers::Inbox]
    def initialize(dovecot, inbox)
      @dovecot = dovecot
      @inbox = inbox
    end

    # @return [Hash] settings of where the mails are
    def settings
      { email: @inbox.user, password: @inbox.password, host: @inbox.host, port: @inbox.port, ssl: false,
        start_tls: false, name: "INBOX", idle_timeout: 60 }
    end

    # @return [String] of the keys that an arbiter has for its mails
    def claims
      "delivered:#{@inbox.user}@*"
    end

    # @param mails [Array<String>]
    def fill(mails)
      @dovecot.fill(@inbox.user, mails)
    end

    # @return [Array<Integer>] the numbers of mails that nobody has settled yet
    def waiting(deleting:)
      numbers(deleting ? "UNFLAGGED" : "UNSEEN")
    end

    # @return [Array<Integer>] the numbers of mails marked for removal and not removed
    def undeleted
      numbers("DELETED")
    end

    # @return [Array<Integer>] the numbers of mails put aside
    def quarantined
      numbers("FLAGGED")
    end

    # @return [Array<String>] what was asked for in ways that the server does not allow
    def violations
      []
    end

    private

    def numbers(criteria)
      @inbox.subjects(criteria).map { |subject| subject[/\d+/].to_i }
    end
  end
end
