# frozen_string_literal: true

require_relative "lib/mail_room/version"

Gem::Specification.new do |spec|
  spec.name = "gitlab-mail_room-rs"
  spec.version = MailRoom::VERSION
  spec.authors = ["gitlab-mail_room-rs contributors"]
  spec.summary = "Watches inboxes and hands every new message to an application, without losing one"
  spec.description = "Stands in for the gem gitlab-mail_room: same require, same command, same configuration. " \
                     "Watching, fetching and delivering is done by a native part written in Rust."
  spec.homepage = "https://gitlab.com/gitlab-mail_room-rs/gitlab-mail_room-rs"
  spec.license = "MIT"
  spec.required_ruby_version = ">= 3.1"

  # Cargo.lock belongs to it: the native part is built from exactly these versions. Tests and
  # fuzzing stay out: nothing but a build for them reads their files, unless a Cargo.toml names one. Of support/, each
  # file is named: people copy these where they are, and a password beside them belongs into no package.
  spec.files = Dir.glob(
    ["Cargo.{toml,lock}", "ext/**/*.{rs,rb,toml}", "lib/**/*.rb", "exe/*", "README.md", "CHANGELOG.md", "LICENSE",
     "docs/**/*.md", "support/docker/{Dockerfile{,.dockerignore},docker-compose.yml,mail_room.yml}",
     "support/kubernetes/mailroom.yaml", "support/logrotate/gitlab-mailroom", "support/runit/{,log/}run",
     "support/systemd/gitlab-mailroom.service{,.d/own-folder.conf}", "support/sysv/{default.gitlab,gitlab-mailroom}"],
    base: __dir__
  ).grep_v(%r{\Aext/\w+/(?:(?:tests|benches|fuzz|target)/|src/(?:.+/)?(?:tests|fuzzing)(?:/|\.rs\z))})
  spec.bindir = "exe"
  spec.executables = ["mail_room"]
  spec.extensions = ["ext/mail_room_rs/extconf.rb"]

  spec.metadata = {
    "bug_tracker_uri" => "#{spec.homepage}/-/issues",
    "changelog_uri" => "#{spec.homepage}/-/blob/main/CHANGELOG.md",
    "rubygems_mfa_required" => "true",
    "source_code_uri" => spec.homepage
  }
end
