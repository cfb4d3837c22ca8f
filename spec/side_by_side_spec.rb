# frozen_string_literal: true

require "open3"
require "rbconfig"
require "support/servers/folder"

# What `rake spec` runs, with specs of its own.
RSpec.describe "rakelib/side_by_side.rb" do # rubocop:disable RSpec/DescribeClass -- it is no part of the product
  let(:folder) { Servers::Folder.new("specs") }

  after { folder.remove }

  def run_specs(**files)
    files.each { |name, text| folder.write("spec/#{name}_spec.rb", "RSpec.describe('#{name}') { #{text} }\n") }
    folder.write("spec/times.log", "")
    program = "require '#{File.expand_path('rakelib/side_by_side')}'; exit SideBySide.new.run"
    output, status = Open3.capture2e(RbConfig.ruby, "-e", program, chdir: folder.path)
    [output, status.success?]
  end

  it "counts the examples of all processes, and those that come alone at the end" do
    output, success = run_specs(one: "2.times { |n| it(n.to_s) {} }", two: "it('is') {}; it('lonely', :alone) {}")
    expect(output).to end_with("All together: 4 examples, 0 failed, 0 pending\n")
    expect(success).to be(true)
  end

  it "names what failed, beside others and alone, and how to run it again" do
    output, success = run_specs(one: "it('fails') { expect(1).to eq(2) }; it('is') {}", two: "it('waits')",
                                three: "it('fails too', :alone) { raise 'no' }")
    expect(output).to end_with(<<~TEXT)
      All together: 4 examples, 2 failed, 1 pending
      rspec './spec/one_spec.rb[1:1]' # one fails
      rspec './spec/three_spec.rb[1:1]' # three fails too
    TEXT
    expect(success).to be(false)
  end

  it "fails when a process ends before its examples do" do
    output, success = run_specs(one: "it('ends') { Process.kill('KILL', Process.pid) }", two: "it('is') {}")
    expect(output).to end_with("All together: 1 examples, 0 failed, 0 pending\n1 processes told of no results\n")
    expect(success).to be(false)
  end
end
