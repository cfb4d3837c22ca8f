# frozen_string_literal: true

require "mail_room/error"

begin
  require "mail_room/mail_room_rs"
rescue LoadError => error
  raise error unless error.path == "mail_room/mail_room_rs"

  raise LoadError, "the native part of gitlab-mail_room-rs is not built: install the gem again, " \
                   "or run `rake compile` in a checkout"
end

module MailRoom
  # The native part, written in Rust. Its methods are declared here; what they do stands in the
  # crate `mail_room_rs`. It starts nothing before {Coordinator#start}.
  module Native
    # @!method self.check_mailbox(settings_json)
    #   Decides whether the settings of one mailbox make sense.
    #   @param settings_json [String] see {Mailbox::Settings}
    #   @return [nil]
    #   @raise [ConfigurationError] names the mailbox and the key

    # @!method self.requeue(settings_json, uids, dry_run)
    #   Puts quarantined messages of a mailbox back. Waits as Ruby waits for a file descriptor.
    #   @param settings_json [String] see {Mailbox::Settings}
    #   @param uids [Array<String>] only these; all when empty
    #   @param dry_run [Boolean] only find them
    #   @return [Array<Array(String, Array<String>)>] names of mailboxes and the UIDs or immutable ids found there, as
    #     they were before
    #   @raise [ConfigurationError] names the mailbox and the key
    #   @raise [MailRoom::Error] when the server cannot be reached, or does not do it

    # @!method self.examine(settings_json, options_json)
    #   Looks at everything a mailbox needs, step by step. Waits as Ruby waits for a file descriptor, three minutes at
    #   most. What it writes, it removes: a message marked as seen and deleted, by which it sees whether the server
    #   tells of new messages; a key in Redis. GitLab's webhook is sent a mail that it drops.
    #   @param settings_json [String] see {Mailbox::Settings}
    #   @param options_json [String] `read_only`: nothing is written or sent; `only`: `login` for the way up to the
    #     mailbox and no further
    #   @return [String] JSON: findings in order, each with `check`, `outcome` (`yes`, `no` or `skipped`), `detail`
    #     and `advice`, of which the latter two may be null. A yes with an advice is a warning. None holds a secret.
    #   @raise [ConfigurationError] names the mailbox and the key

    # @!method self.await_message(settings_json, message_id, seconds)
    #   Waits until a message is in the mailbox, and removes it. Waits as Ruby waits for a file descriptor.
    #   @param settings_json [String] see {Mailbox::Settings}
    #   @param message_id [String] its `Message-ID`
    #   @param seconds [Numeric] how long to wait
    #   @return [String] JSON: a finding as {examine} has them, called `arrival`
    #   @raise [ConfigurationError] names the mailbox and the key

    # @!method self.return_memory
    #   Has this process give large pieces of memory back to the system as soon as they are free, also those of Ruby,
    #   and keep the others in one heap. Concerns glibc; with another allocator nothing changes.
    #   @return [nil]

    # @!method self.mailbox_type(worker, url)
    #   Which of GitLab's mailboxes a delivery serves.
    #   @param worker [String, nil] the class of its Sidekiq jobs
    #   @param url [String, nil] what it posts to
    #   @return [String, nil] `incoming_email` or `service_desk_email`; nil when neither tells

    # @!method self.jwt(settings_json)
    #   Makes a signed token. Reads the file with the secret each time.
    #   @param settings_json [String] `jwt_issuer`, `jwt_algorithm` and `jwt_secret_path`
    #   @return [String] in compact form
    #   @raise [ConfigurationError] names the key or the file, never the secret

    # Runs every mailbox as a task of one runtime. Each method may be called from any thread.
    class Coordinator # rubocop:disable Lint/EmptyClass -- its methods are native
      # @!method initialize(settings_json)
      #   @param settings_json [String] `mailboxes`, a list as from {Mailbox::Settings}, and
      #     `shutdown_timeout` in seconds
      #   @raise [ConfigurationError] names the mailbox and the key

      # @!method start
      #   Starts the runtime and a task for each mailbox.
      #   @return [nil]
      #   @raise [MailRoom::Error] in a process forked from the one that made this object

      # @!method wait
      #   Waits as Ruby waits for a file descriptor, so signals, `Thread#kill` and Timeout end it.
      #   @return [Boolean] true when every mailbox has ended after {#stop}, also when there was none;
      #     false when {#wake} was called

      # @!method wake
      #   Makes one {#wait} return false.
      #   @return [nil]

      # @!method stop
      #   Begins the graceful shutdown. May be called from a trap handler, and more than once.
      #   @return [nil]

      # @!method hand_over(index)
      #   @param index [Integer] position among `mailboxes` of one whose `delivery_method` is `ruby`
      #   @return [HandOver] the end at which Ruby takes the messages of that mailbox
    end

    # The messages of one mailbox on their way to a Ruby class.
    class HandOver # rubocop:disable Lint/EmptyClass -- its methods are native
      # @!method next_message(limit = nil)
      #   Waits for a message. One that was not acknowledged before counts as refused.
      #   @param limit [Numeric, nil] seconds to wait at most
      #   @return [String, nil] RFC 5322, as raw bytes; nil when no more will come, or none came in time

      # @!method uid
      #   @return [Integer, String, nil] UID, or on Microsoft Graph the immutable id, of the message {#next_message}
      #     returned last; nil when there is none or it was acknowledged

      # @!method acknowledge(accepted, reason = nil)
      #   Answers for the message {#next_message} returned last.
      #   @param accepted [Boolean] true: taken; false: to be tried again later
      #   @param reason [String, nil] why it was not taken, for the log
      #   @return [nil]
    end

    # A delivery outside of any mailbox. Each method may be called from any thread.
    class Deliverer # rubocop:disable Lint/EmptyClass -- its methods are native
      # @!method initialize(settings_json)
      #   @param settings_json [String] `delivery_method`, its keys, and timeouts
      #   @raise [ConfigurationError] names the key

      # @!method deliver(message)
      #   Waits as Ruby waits for a file descriptor; a delivery nobody waits for any more is broken off.
      #   @param message [String] RFC 5322, as raw bytes
      #   @return [String] JSON: what a log line tells of the delivery, such as `status_code`
      #   @raise [MailRoom::Error] when it was not accepted, or in a process forked from the one that
      #     made this object
    end

    # Addresses of a GitLab, as plain data: it works after a fork, and frozen. Each method may be called from any
    # thread.
    class IncomingEmail # rubocop:disable Lint/EmptyClass -- its methods are native
      # @!method initialize(settings_json)
      #   @param settings_json [String] `address`, `service_desk_address` and `host`
      #   @raise [ConfigurationError] names the key

      # @!method key_from_address(address)
      #   @param address [String]
      #   @return [String, nil]

      # @!method route(message)
      #   @param message [String] RFC 5322, as raw bytes
      #   @return [String] JSON: the members of a {MailRoom::IncomingEmail::Route}, in their order

      # @!method explain(message)
      #   @param message [String] RFC 5322, as raw bytes
      #   @return [String] JSON: see {MailRoom::IncomingEmail#explain}
    end

    # An arbiter outside of any mailbox. Each method may be called from any thread.
    class Arbiter # rubocop:disable Lint/EmptyClass -- its methods are native
      # @!method initialize(settings_json)
      #   @param settings_json [String] `arbitration_options` and timeouts
      #   @raise [ConfigurationError] names the key

      # @!method deliver?(uid, expiration)
      #   Waits as Ruby waits for a file descriptor.
      #   @param uid [String]
      #   @param expiration [Integer] seconds
      #   @return [Boolean] true for the first who asks
      #   @raise [MailRoom::Error] when Redis cannot be asked, or in a process forked from the one that
      #     made this object
    end

    # The bytes of a message, and what stands in them. Each method may be called from any thread.
    class Email # rubocop:disable Lint/EmptyClass -- its methods are native
      # @!method initialize(raw)
      #   @param raw [String] any bytes. They are copied.

      # @!method headers
      #   Reads the headers and nothing below.
      #   @return [String] JSON, see {MailRoom::Email}

      # @!method header_values(name)
      #   @param name [String]
      #   @return [Array<String>] from top to bottom, unfolded and decoded

      # @!method auto_generated?
      #   @return [Boolean] whether GitLab rejects it as an auto-reply

      # @!method body
      #   Reads the whole message. Other Ruby threads go on meanwhile, unless it is small.
      #   @return [Array(String, String, String)] text or nil, HTML or nil, and JSON with a word on each attachment

      # @!method attachment(index)
      #   @param index [Integer] position among the attachments that {#body} names
      #   @return [String, nil] decoded content
    end
  end
end
