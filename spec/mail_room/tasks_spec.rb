# frozen_string_literal: true

require "support/rake_project"
require "tmpdir"

# In processes of their own: rake keeps its tasks for a whole process.
RSpec.describe "mail_room/tasks" do # rubocop:disable RSpec/DescribeClass -- requiring it would define tasks here
  around do |example|
    Dir.mktmpdir do |folder|
      @folder = File.realpath(folder)
      example.run
    end
  end

  attr_reader :folder

  def project(...)
    RakeProject.new(folder, ...)
  end

  def with_gitlab(project, environment = "development")
    project.write("config/secrets.yml", "shared:\n  encrypted_settings_key_base: 0123456789abcdef\n")
    project.write("config/gitlab.yml", <<~YAML)
      #{environment}:
        encrypted_settings: {path: #{folder}}
        incoming_email: {enabled: false}
      test: {}
      other: {}
    YAML
    project
  end

  it "are those of GitLab, for both mailboxes, with descriptions" do
    names = %w[incoming_email service_desk_email].flat_map do |mailbox|
      %w[check secret:edit secret:show secret:write].map { |task| "gitlab:#{mailbox}:#{task}" }
    end

    expect(project.rake("-T").first.lines.map { |line| line[/^rake (\S+) +# GitLab \| \w/, 1] }).to eq(names)
  end

  it "write, edit and show" do
    gitlab = with_gitlab(project)
    saved = ["File encrypted and saved.\n", "", 0]

    expect(gitlab.rake("gitlab:incoming_email:secret:write", input: "user: me\n")).to eq(saved)
    expect(gitlab.rake("gitlab:incoming_email:secret:edit", "EDITOR=sed -i s/me/you/")).to eq(saved)
    expect(gitlab.rake("gitlab:incoming_email:secret:show")).to eq(["user: you\n", "", 0])
    expect(gitlab.rake("gitlab:service_desk_email:secret:show"))
      .to eq(["", "File '#{folder}/service_desk_email.yaml.enc' does not exist. Use " \
                  "`gitlab-rake gitlab:service_desk_email:secret:edit` to change that.\n", 1])
  end

  it "tell how to name an editor" do
    expect(with_gitlab(project).rake("gitlab:incoming_email:secret:edit"))
      .to eq(["", "No $EDITOR specified to open file. Please provide one when running the command:\n" \
                  "gitlab-rake gitlab:incoming_email:secret:edit EDITOR=vim\n", 1])
  end

  it "take the environment also as GitLab's manual spells it" do
    gitlab = with_gitlab(project, "production")
    task = "gitlab:incoming_email:secret:write"

    expect(gitlab.rake(task, "RAILS_ENVIRONMENT=production", input: "user: me").last).to eq(0)
    expect(gitlab.rake(task, "RAILS_ENV=other", "RAILS_ENVIRONMENT=production", input: "user: me"))
      .to match(["", %r{shared/encrypted_settings does not exist}, 1])
    expect(gitlab.rake(task, input: "user: me")).to match(["", /\A#{folder}\S+: there is no section development/, 1])
  end

  it "load the application first, where there is a task for that" do
    rakefile = <<~RUBY
      require "mail_room/tasks"
      task(:environment) { puts "application" }
      task(:gitlab_environment) { puts "gitlab" } if ENV["GITLAB"]
    RUBY
    gitlab = with_gitlab(project(rakefile))

    expect(gitlab.rake("gitlab:incoming_email:check").first).to start_with("application\nChecking")
    expect(gitlab.rake("gitlab:incoming_email:check", "GITLAB=1").first).to start_with("gitlab\nChecking")
    expect(gitlab.rake("gitlab:incoming_email:secret:write", "GITLAB=1", input: "a: b").first)
      .to start_with("application\nFile")
  end

  describe "of an application that has its own" do
    let(:own) do
      <<~RUBY
        namespace :gitlab do
          namespace :incoming_email do
            desc "GitLab | Incoming Email | Check"
            task(check: :gitlab_environment) { puts "its own" }
          end
        end
        task(:gitlab_environment) { puts "gitlab" }
      RUBY
    end
    let(:ours) { "require 'mail_room/tasks'\n" }

    it "are left alone, whichever comes first" do
      [own + ours, ours + own, own + ours + ours].each do |rakefile|
        its = project(rakefile)
        expect(its.rake("gitlab:incoming_email:check")).to eq(["gitlab\nits own\n", "", 0])
        expect(its.rake("-T", "incoming_email:check").first).to match(/\A.*# GitLab \| Incoming Email \| Check\n\z/)
      end
    end

    it "keep what only they have" do
      expect(with_gitlab(project(own + ours)).rake("gitlab:service_desk_email:check"))
        .to match([/disabled in config/, "", 0])
    end
  end
end
