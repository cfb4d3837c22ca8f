# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Check
    # What a check asks, for people.
    module Questions
      # By the names of checks, which programs rely on.
      TEXTS = {
        "configuration" => "Configuration can be used?",
        "imap.resolve" => "IMAP server has an address?",
        "imap.connect" => "IMAP server can be reached?",
        "imap.tls" => "TLS certificate is trusted?",
        "imap.auth" => "A way to log in is offered?",
        "imap.login" => "IMAP server credentials are correct?",
        "imap.select" => "Mailbox can be opened for writing?",
        "imap.flags" => "Messages can be marked?",
        "imap.uidplus" => "Single messages can be removed (UIDPLUS)?",
        "imap.idle" => "New messages are notified (IDLE)?",
        "graph.token" => "Access token is granted?",
        "graph.folder" => "Folder can be read?",
        "sidekiq.redis" => "Redis for jobs can be reached?",
        "sidekiq.role" => "Redis for jobs can be written to?",
        "sidekiq.workers" => "Sidekiq works on the queue?",
        "webhook.connect" => "Webhook can be reached?",
        "webhook.tls" => "Webhook's TLS certificate is trusted?",
        "webhook.request" => "Webhook takes our requests?",
        "que.postgresql" => "PostgreSQL takes jobs?",
        "arbitration.redis" => "Redis for arbitration can be reached?",
        "arbitration.role" => "Redis for arbitration can be written to?",
        "arbitration" => "Several processes may watch it?",
        "address" => "GitLab's address is known?",
        "address.placeholder" => "Address can carry a key?",
        "address.length" => "Address leaves room for the key?",
        "address.case" => "Address is written in a usable way?",
        "address.routing" => "Address can be routed to a mailbox?",
        "address.login" => "Mailbox can be that of the address?",
        "address.unique" => "Address is this mailbox's alone?",
        "address.domain" => "Domain can be used?",
        "settings" => "Settings can be used?",
        "settings.tls" => "Settings can be used (TLS)?",
        "settings.deletion" => "Settings can be used (deletion)?",
        "settings.remark" => "Settings can be used as they are?",
        "settings.search" => "Settings can be used (search)?",
        "settings.webhook" => "Settings can be used (webhook)?",
        "settings.size" => "Settings can be used (size)?",
        "settings.quarantine" => "Settings can be used (quarantine)?",
        "examination" => "Servers can be examined?",
        "sending" => "A message can be sent to the address?",
        "arrival" => "It comes to this mailbox?"
      }.freeze

      # @param check [String] the name of a check
      # @return [String] the name itself when it has no words here
      def self.of(check)
        TEXTS.fetch(check, check)
      end
    end
  end
end
