# frozen_string_literal: true

require "mail_room/error"
require "mail_room/version"

# gitlab-mail_room requires this library, and applications have come to rely on it: GitLab's check of the
# IMAP login uses Net::IMAP without a require of its own. Only a name here until it is used.
module Net
  autoload :IMAP, "net/imap"
end

# gitlab-mail_room requires this one, too.
autoload :YAML, "yaml"

# Watches inboxes and hands every new message to an application.
#
# Every Puma and Sidekiq process of an application that bundles this gem requires this file, so it
# loads nothing but two small files, and on Rails a third: each constant comes with its first use, and
# the native library with the first use of {Native}. Nothing is started before {Coordinator#run}.
module MailRoom
  autoload :Arbitration, "mail_room/arbitration"
  autoload :CLI, "mail_room/cli"
  autoload :Check, "mail_room/check"
  autoload :Choice, "mail_room/choice"
  autoload :Colour, "mail_room/colour"
  autoload :Configuration, "mail_room/configuration"
  autoload :Connection, "mail_room/connection"
  autoload :Coordinator, "mail_room/coordinator"
  autoload :CrashHandler, "mail_room/crash_handler"
  autoload :DEFAULTS, "mail_room/mailbox"
  autoload :Delivery, "mail_room/delivery"
  autoload :Email, "mail_room/email"
  autoload :Explain, "mail_room/explain"
  autoload :GitLab, "mail_room/gitlab"
  autoload :HandOver, "mail_room/hand_over"
  autoload :HealthCheck, "mail_room/health_check"
  autoload :IMAP, "mail_room/imap"
  autoload :IMAP_IDLE_TIMEOUT, "mail_room/mailbox"
  autoload :IncomingEmail, "mail_room/incoming_email"
  autoload :JWT, "mail_room/jwt"
  autoload :KeptConnection, "mail_room/kept_connection"
  autoload :Keys, "mail_room/keys"
  autoload :LogRelay, "mail_room/log_relay"
  autoload :Logger, "mail_room/logger"
  autoload :MAILBOX_FIELDS, "mail_room/mailbox"
  autoload :Mailbox, "mail_room/mailbox"
  autoload :MailboxIdentity, "mail_room/mailbox_identity"
  autoload :MailboxWatcher, "mail_room/mailbox_watcher"
  autoload :Message, "mail_room/message"
  autoload :MicrosoftGraph, "mail_room/microsoft_graph"
  autoload :Native, "mail_room/native"
  autoload :Notice, "mail_room/notice"
  autoload :Output, "mail_room/output"
  autoload :Plain, "mail_room/plain"
  autoload :Printable, "mail_room/printable"
  autoload :Progress, "mail_room/progress"
  autoload :REQUIRED_CONFIGURATION, "mail_room/mailbox"
  autoload :Redaction, "mail_room/redaction"
  autoload :Requeue, "mail_room/requeue"
  autoload :Secret, "mail_room/secret"
  autoload :ServiceManager, "mail_room/service_manager"
  autoload :Standalone, "mail_room/standalone"
  autoload :WrittenOptions, "mail_room/written_options"
end

# In an application on Rails, which is there by then, its rake tasks.
require "mail_room/railtie" if defined?(Rails::Railtie)
